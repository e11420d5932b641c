import { suggest } from './suggest.ts'

/** Says what kind of secret a text is, or undefined. `path` are the names of its sections and its key. */
export type SecretKindOf = (text: string, path: readonly string[]) => string | undefined

/** What an old per-user document says about its user, in our names, and what of it cannot be taken over. */
export interface OldUser {
  /** Fields of a new user as the document writes them: still to be parsed. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Keys that mean nothing to us, with a suggestion where one is near. */
  readonly ignored: readonly string[]
  /** Keys whose value is a secret. The value itself goes nowhere. */
  readonly secrets: readonly string[]
  /** Why the document cannot be imported at all. */
  readonly fault: string | undefined
}

/** Both shapes of `~/.config/xswarm/config.toml`; a document may mix them as long as it does not contradict itself. */
const FIELD_BY_KEY = new Map([
  ['user.email', 'email'],
  ['user.phone', 'phone'],
  ['user.subscription_tier', 'subscription_tier'],
  ['user.tier', 'subscription_tier'],
  ['user.persona', 'persona'],
  ['user.wake_word', 'wake_word'],
  ['user.xswarm_email', 'xswarm_email'],
  ['user.xswarm_phone', 'xswarm_phone'],
  ['user.stripe_customer_id', 'stripe_customer_id'],
  ['user.stripe_subscription_id', 'stripe_subscription_id'],
  ['communication.user_email', 'email'],
  ['communication.user_phone', 'phone'],
  ['communication.xswarm_email', 'xswarm_email'],
  ['communication.xswarm_phone', 'xswarm_phone'],
  ['subscription.tier', 'subscription_tier'],
  ['subscription.stripe_customer_id', 'stripe_customer_id'],
  ['subscription.stripe_subscription_id', 'stripe_subscription_id'],
])

/** A document with more keys or deeper tables than this is not one of ours. */
const KEYS_MAX = 500
const DEPTH_MAX = 8

/** Reads a parsed document of either shape. Never throws; what is wrong is in `fault`. */
export function readOldDocument(content: unknown, secretKindOf: SecretKindOf): OldUser {
  const leaves = leavesOf(content)
  if (leaves === undefined)
    return { fields: {}, ignored: [], secrets: [], fault: 'This is not an old user document.' }
  const fields = new Map<string, unknown>()
  const ignored: string[] = []
  const secrets: string[] = []
  let fault: string | undefined
  for (const { path, value } of leaves) {
    const key = path.join('.')
    const field = FIELD_BY_KEY.get(key)
    const kind = path.map((part) => secretKindOf(part, [])).find((found) => found !== undefined)
    if (kind !== undefined) {
      secrets.push(`a key that is ${kind}`)
    } else if (holdsSecret(value, path, secretKindOf)) {
      secrets.push(key)
      if (field !== undefined) fault ??= `${key} holds a secret, which is never imported.`
    } else if (field === undefined) {
      ignored.push(withSuggestion(path))
    } else if (fields.has(field) && fields.get(field) !== value) {
      fault ??= `The document contradicts itself about ${field}.`
    } else {
      fields.set(field, value)
    }
  }
  if (!fields.has('email'))
    fault ??= 'It names no email: neither [user] email nor [communication] user_email.'
  return { fields: Object.fromEntries(fields), ignored, secrets, fault }
}

interface Leaf {
  readonly path: readonly string[]
  readonly value: unknown
}

function leavesOf(content: unknown): readonly Leaf[] | undefined {
  const leaves: Leaf[] = []
  const visit = (value: unknown, path: readonly string[]): boolean => {
    if (leaves.length > KEYS_MAX || path.length > DEPTH_MAX) return false
    if (!isTable(value)) return leaves.push({ path, value }) > 0
    return Object.entries(value).every(([key, inner]) => visit(inner, [...path, key]))
  }
  return isTable(content) && visit(content, []) ? leaves : undefined
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** In arrays as well, and in the tables inside them. */
function holdsSecret(value: unknown, path: readonly string[], secretKindOf: SecretKindOf): boolean {
  if (typeof value === 'string') return secretKindOf(value, path) !== undefined
  if (Array.isArray(value)) return value.some((inner) => holdsSecret(inner, path, secretKindOf))
  if (!isTable(value)) return false
  return Object.entries(value).some(
    ([key, inner]) => secretKindOf(key, []) !== undefined || holdsSecret(inner, [...path, key], secretKindOf),
  )
}

/** Only names of the same table are near: `user.id` did not mean `user.tier`. */
function withSuggestion(path: readonly string[]): string {
  const key = path.join('.').slice(0, 128)
  const table = path
    .slice(0, -1)
    .map((part) => `${part}.`)
    .join('')
  const names = [...FIELD_BY_KEY.keys()].filter((known) => known.startsWith(table) && table !== '')
  const near = suggest(
    path.at(-1) ?? '',
    names.map((known) => known.slice(table.length)),
  )
  return near === undefined ? key : `${key} (did you mean ${table}${near}?)`
}
