import { inspect } from 'node:util'
import { SECRET_NAMES, type SecretName, type Secrets } from '../domain/secrets.ts'

const PRINTED = '[secret]'

/**
 * The container of the secrets that are set. A secret is read by its name and is a plain string; everything that
 * copies or prints the container as a whole gets `[secret]` or nothing.
 */
export function createSecrets(values: Partial<Record<SecretName, string>>): Secrets {
  const printed: Partial<Record<SecretName, string>> = {}
  const container: Secrets = {}
  for (const name of SECRET_NAMES) {
    const value = values[name]
    if (!value) continue
    printed[name] = PRINTED
    // Not enumerable: spread, Object.values, structuredClone and loops of loggers pass it by.
    Object.defineProperty(container, name, { value, enumerable: false })
  }
  const hidden = (value: () => unknown) => ({ value, enumerable: false })
  Object.defineProperties(container, {
    toJSON: hidden(() => ({ ...printed })),
    toString: hidden(() => PRINTED),
    [inspect.custom]: hidden(() => ({ ...printed })),
  })
  return Object.freeze(container)
}

/** The values of a secret that may be several, comma separated, while it is rotated. The first one is the newest. */
export function splitRotated(secret: string | undefined): readonly string[] {
  return (secret ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Shorter ones would also be found in the middle of words. */
const SCRUBBED_LENGTH_MIN = 6

/** The text with `[secret]` in the place of every secret, also when it is written as in a URL. */
export function scrub(text: string, secrets: Secrets): string {
  let scrubbed = text
  for (const value of scrubbedValues(secrets)) scrubbed = scrubbed.replaceAll(value, PRINTED)
  return scrubbed
}

/** Longest first: a secret can be the beginning of another one. */
function scrubbedValues(secrets: Secrets): string[] {
  const values = new Set<string>()
  for (const name of SECRET_NAMES) {
    const secret = secrets[name]
    if (secret === undefined) continue
    for (const value of [secret, ...splitRotated(secret), ...passwordsOf(secret)]) {
      if (value.length < SCRUBBED_LENGTH_MIN) continue
      values.add(value)
      values.add(encodeURIComponent(value))
      values.add(JSON.stringify(value).slice(1, -1))
    }
  }
  return [...values].sort((a, b) => b.length - a.length)
}

/** A mail library complains about the password alone, not about the whole of SMTP_URL. */
function passwordsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return []
  const { password } = new URL(secret)
  return password === '' ? [] : [password, decoded(password)]
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch (error) {
    // A lone percent sign: the password is what it says.
    if (error instanceof URIError) return password
    throw error
  }
}
