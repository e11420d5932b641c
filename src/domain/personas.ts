/** A voice and manner the assistant can take on. */
export interface Persona {
  /** What settings store, for example `hal-9000`. */
  readonly key: string
  readonly name: string
  readonly wake_word: string
  /** What a caller hears first. */
  readonly greeting: string
  /** A Twilio voice name. */
  readonly voice: string
}

/** The catalogue: the built-in personas with those of `[personas.NAME]` laid over them, by key. */
export type Personas = ReadonlyMap<string, Persona>
