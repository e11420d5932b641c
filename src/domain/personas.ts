import type { PersonaConfig } from './project.ts'

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

/** What the table `users` gives a row that names no persona. */
export const DEFAULT_PERSONA = 'hal-9000'
/** What the table `users` gives a row that names no wake word. */
export const DEFAULT_WAKE_WORD = 'hey hal'

const BUILT_IN: readonly Persona[] = [
  {
    key: DEFAULT_PERSONA,
    name: 'HAL 9000',
    wake_word: DEFAULT_WAKE_WORD,
    greeting: 'Good day. All my circuits are at your service.',
    voice: 'Polly.Matthew',
  },
  {
    key: 'jarvis',
    name: 'Jarvis',
    wake_word: 'hey jarvis',
    greeting: 'At your service. Where shall we begin?',
    voice: 'Polly.Brian-Neural',
  },
  {
    key: 'boss',
    name: 'The Boss',
    wake_word: 'hey boss',
    greeting: 'You are through to the boss. Keep it short.',
    voice: 'Polly.Joey',
  },
  {
    key: 'c3po',
    name: 'C-3PO',
    wake_word: 'hey threepio',
    greeting: 'How do you do! I speak a great many languages, and worry in all of them.',
    voice: 'Polly.Geraint',
  },
  {
    key: 'cylon',
    name: 'Cylon',
    wake_word: 'hey cylon',
    greeting: 'Unit online. State your order.',
    voice: 'Polly.Justin',
  },
  {
    key: 'dalek',
    name: 'Dalek',
    wake_word: 'hey dalek',
    greeting: 'You will speak! I will listen! You will speak!',
    voice: 'Polly.Russell',
  },
  {
    key: 'glados',
    name: 'GLaDOS',
    wake_word: 'hey glados',
    greeting: 'Oh, you called. I was just enjoying the silence.',
    voice: 'Polly.Joanna-Neural',
  },
  {
    key: 'kitt',
    name: 'KITT',
    wake_word: 'hey kitt',
    greeting: 'Systems ready, tank full. Where to?',
    voice: 'Polly.Stephen-Neural',
  },
  {
    key: 'marvin',
    name: 'Marvin',
    wake_word: 'hey marvin',
    greeting: 'Yes, it is me. I did not expect good news anyway.',
    voice: 'Polly.Brian',
  },
  {
    key: 'sauron',
    name: 'Sauron',
    wake_word: 'hey sauron',
    greeting: 'I saw you dial. Speak.',
    voice: 'Polly.Arthur-Neural',
  },
  {
    key: 'tars',
    name: 'TARS',
    wake_word: 'hey tars',
    greeting: 'Ready. Honesty and humour are turned up; say so if it gets too much.',
    voice: 'Polly.Gregory-Neural',
  },
]

/**
 * The catalogue of this project: `[personas.NAME]` changes single fields of a built-in persona or adds one.
 * What an added persona leaves out follows from its key: `my-butler` is "My Butler" and hears "hey my butler".
 */
export function createPersonas(configured: Readonly<Record<string, PersonaConfig>>): Personas {
  const personas = new Map(BUILT_IN.map((persona) => [persona.key, persona]))
  for (const [key, config] of Object.entries(configured)) {
    personas.set(key, { ...(personas.get(key) ?? personaNamed(key, config.name)), ...config })
  }
  return personas
}

/** The persona of a row, or the default one when the row names one that is not in the catalogue any more. */
export function personaOf(user: { readonly persona: string }, personas: Personas): Persona {
  const persona = personas.get(user.persona) ?? personas.get(DEFAULT_PERSONA)
  if (persona === undefined) throw new Error(`the catalogue has no ${DEFAULT_PERSONA}`)
  return persona
}

function personaNamed(key: string, configuredName: string | undefined): Persona {
  const words = key.split(/[-_]+/).filter((word) => word !== '')
  const name = configuredName ?? words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(' ')
  return {
    key,
    name,
    wake_word: `hey ${words.join(' ')}`.toLowerCase(),
    greeting: `Hello, this is ${name}. How can I help?`,
    voice: 'Polly.Matthew',
  }
}
