/** One line of `xswarm test`. */
export interface UserCheck {
  readonly name: string
  readonly ok: boolean
  /** All right so far, but something still has to happen by itself. */
  readonly pending?: true
  /** What was seen, as a sentence. */
  readonly saw: string
}

export function passed(name: string, saw: string): UserCheck {
  return { name, ok: true, saw }
}

export function failed(name: string, saw: string): UserCheck {
  return { name, ok: false, saw }
}

export function pending(name: string, saw: string): UserCheck {
  return { name, ok: true, pending: true, saw }
}
