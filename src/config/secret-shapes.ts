import type { SecretName } from '../domain/secrets.ts'

/**
 * What a secret looks like. Nothing here returns or prints a value, only the name of its kind. Public identifiers
 * are looked at first and are never reported; a value is never called a secret for its randomness alone.
 */
export interface SecretKind {
  /** Reads after "holds": `a Stripe secret key`. */
  readonly name: string
  /** Where xswarm reads such a secret, when it does. */
  readonly env?: SecretName
}

/** What stands around a value: the names of its key and sections, and the other texts of its table. */
export interface Surroundings {
  readonly path: readonly string[]
  readonly siblings: readonly string[]
}

const NOTHING_AROUND: Surroundings = { path: [], siblings: [] }

/** The kind of secret a value is or contains, or undefined. */
export function findSecret(value: string, around: Surroundings = NOTHING_AROUND): SecretKind | undefined {
  if (value.length < SHORTEST) return undefined
  const certain = certainSecret(value)
  const kind = certain ?? secretByContext(value, around) ?? secretByName(value, around.path)
  // Asked last for speed alone: what is public is never reported, whatever else it looks like.
  if (!kind || matchesOne(IDENTIFIERS, value) || isForBrowsers(value)) return undefined
  return certain || !matchesOne(ADDRESSES, value) ? kind : undefined
}

const SHORTEST = 8

/** Ids and keys that are made to be seen, references to a secret that is elsewhere, and samples. */
const IDENTIFIERS: readonly RegExp[] = [
  /^pk_(test|live)_\w*$/,
  // Stripe's ids. sk_, rk_ and whsec_ are not among them.
  /^(price|prod|acct|we|cus|sub|si|evt|pi|ch|in|mtr)_\w+$/,
  // Twilio's SIDs. SK... is the user name of an API key; the secret is another string.
  /^[A-Z]{2}[0-9a-f]{32}$/,
  /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  /^(phc_|sb_publishable_)\w+$/,
  /^AIza[\w-]{35}$/,
  /^https:\/\/[0-9a-f]{32}@[\w.-]+\/\d+$/, // Sentry DSN
  /^pk\.[\w-]+(\.[\w-]+)*$/, // Mapbox
  /^B[\w-]{86}=?$/, // VAPID public key
  /^(<[^<>]*>|\$\{[^{}]*\}|\{\{.*\}\})$/,
  /^(op|vault):\/\/\S+$/,
  /^encrypted:\S*$/,
  /^[xX0*.-]+$/,
]

/** Addresses without credentials. A certain secret can hide in their path, so that is looked for first. */
const ADDRESSES: readonly RegExp[] = [
  /^(libsql|https?|wss?|smtps?):\/\/[^\s@?#]+$/,
  /^[^\s@:/]{1,64}@([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/i,
  /^file:[^\s?]*$/,
]

function matchesOne(patterns: readonly RegExp[], value: string): boolean {
  return patterns.some((pattern) => pattern.test(value))
}

/** Tier A: the value says by itself what it is. Bounded on both sides, so that words cannot contain one. */
const STRIPE_SECRET = /(?<![A-Za-z0-9])[sr]k_(?:live|test|prod)_([A-Za-z0-9]{8,247})(?![A-Za-z0-9])/

interface Certain extends SecretKind {
  /** The first group, when there is one, is the part that a sample fills with x or 0. */
  readonly pattern: RegExp
}

const CERTAIN: readonly Certain[] = [
  { name: 'a Stripe secret key', env: 'STRIPE_SECRET_KEY', pattern: STRIPE_SECRET },
  {
    name: 'a Stripe webhook secret',
    env: 'STRIPE_WEBHOOK_SECRET',
    pattern: /(?<![A-Za-z0-9])whsec_([A-Za-z0-9+/]{8,88})={0,2}(?![A-Za-z0-9])/,
  },
  { name: 'a SendGrid key', pattern: /(?<![\w-])SG\.([\w-]{16,32}\.[\w-]{32,64})(?![\w-])/ },
  { name: 'an Anthropic key', pattern: /(?<![\w-])sk-ant-[a-z]{2,10}\d{2}-([\w-]{20,200})/ },
  { name: 'an OpenAI key', pattern: /(?<![\w-])sk-(?:proj|svcacct|service|admin)-([\w-]{20,250})/ },
  { name: 'an OpenAI key', pattern: /(?<![\w-])sk-([A-Za-z0-9]{32,64})(?![\w-])/ },
  { name: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/ },
  { name: 'a GitHub token', pattern: /(?<!\w)gh[pousr]_([A-Za-z0-9]{36,255})(?!\w)/ },
  { name: 'a GitHub token', pattern: /(?<!\w)github_pat_(\w{40,255})(?!\w)/ },
  { name: 'an AWS access key', pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)([0-9A-Z]{16})(?![A-Za-z0-9])/ },
  { name: 'a Slack token', pattern: /(?<!\w)xox[abeoprs]-([A-Za-z0-9-]{10,250})/ },
  { name: 'an npm token', pattern: /(?<!\w)npm_([A-Za-z0-9]{36})(?!\w)/ },
  { name: 'a Resend key', pattern: /(?<!\w)re_([A-Za-z0-9]{8}_[A-Za-z0-9]{24})(?!\w)/ },
  {
    name: 'a database token in a URL',
    env: 'TURSO_AUTH_TOKEN',
    pattern: /[?&](?:auth_?token|jwt)=([^\s&#]{1,4096})/i,
  },
  {
    name: 'a secret in a URL',
    pattern:
      /:\/\/[^\s?#]{1,512}\?(?:[^\s#]{0,512}&)?(?:access_token|api_?key|token|password|secret)=([^\s&#]{8,1024})/i,
  },
]

/** What every certain secret contains. One look instead of a dozen, for nearly every text there is. */
const MARKS =
  /[sr]k_|whsec_|SG\.|sk-|PRIVATE KEY|gh[pousr]_|github_pat_|A[KS]IA|xox|npm_|re_|eyJ|:\/\/\S*[?@]|[?&]\w+=/

function certainSecret(text: string): SecretKind | undefined {
  if (!MARKS.test(text)) return undefined
  for (const { name, env, pattern } of CERTAIN) {
    const found = pattern.exec(text)
    if (found && !isSample(found[1])) return env ? { name, env } : { name }
  }
  return tokenIn(text) ?? credentialsIn(text)
}

/** `sk_test_xxxxxxxxxxxx`, `whsec_000...`, `?authToken=<token>`: written to be replaced. */
function isSample(body: string | undefined): boolean {
  return body !== undefined && /^([xX0*._-]+|<[^<>]*>|\$\{[^{}]*\})$/.test(body)
}

const TOKEN = /(?<![\w-])(eyJ[\w-]{8,1024})\.(eyJ[\w-]{2,8192})\.([\w-]{16,1024})(?![\w-])/

function tokenIn(text: string): SecretKind | undefined {
  const [, header = '', payload = ''] = TOKEN.exec(text) ?? []
  if (header === '' || claimsOf(payload).role === 'anon') return undefined
  const isTurso = claimsOf(header).alg === 'EdDSA'
  return isTurso ? { name: 'a Turso token', env: 'TURSO_AUTH_TOKEN' } : { name: 'a signed token (JWT)' }
}

/** Supabase's anonymous key: a token in form, made to be seen. */
function isForBrowsers(value: string): boolean {
  return claimsOf(TOKEN.exec(value)?.[2] ?? '').role === 'anon' && tokenIn(value) === undefined
}

function claimsOf(part: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {}
  } catch (error) {
    // Not a token that can be read, only one by its looks: without claims it stays a secret.
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

const CREDENTIALS =
  /(?<![A-Za-z0-9+.-])([a-z][a-z0-9+.-]{1,20}):\/\/[^\s/?#:@]{0,256}:([^\s/?#]{1,1024})@[^\s/?#@]/i

function credentialsIn(text: string): SecretKind | undefined {
  const [, scheme = '', password] = CREDENTIALS.exec(text) ?? []
  if (password === undefined || isSample(password)) return undefined
  const name = 'a password in a URL'
  if (/^smtps?$/i.test(scheme)) return { name, env: 'SMTP_URL' }
  return /^(libsql|wss?|https?)$/i.test(scheme) ? { name, env: 'TURSO_AUTH_TOKEN' } : { name }
}

/** Tier B: 32 characters that could be a checksum, were it not for what stands beside them. */
function secretByContext(value: string, { path, siblings }: Surroundings): SecretKind | undefined {
  const isNamedSo = path.some((part) => /twilio|auth_?token/i.test(part))
  const hasBeside = (pattern: RegExp) => siblings.some((sibling) => pattern.test(sibling))
  if (/^[0-9a-f]{32}$/.test(value) && (isNamedSo || hasBeside(/^AC[0-9A-Za-z]{8,40}$/))) {
    return { name: 'a Twilio auth token', env: 'TWILIO_AUTH_TOKEN' }
  }
  if (/^[A-Za-z0-9]{32}$/.test(value) && hasBeside(/^SK[0-9a-f]{32}$/)) return { name: 'a Twilio API secret' }
  return undefined
}

const SECRET_KEY_NAME =
  /(^|[_-])(secret|secrets|token|password|passwd|api_?key|private_?key|secret_?key|access_?key)$/

/** Tier C: the key is called a secret and the value looks made by a machine. */
function secretByName(value: string, path: readonly string[]): SecretKind | undefined {
  const last = path.at(-1) ?? ''
  const isCalledSo = SECRET_KEY_NAME.test(last.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase())
  if (!isCalledSo || value.length < 12 || /\s/.test(value) || /^[a-z]+([._-][a-z]+)+$/i.test(value))
    return undefined
  if (entropy(value) < (/^[0-9a-f]+$/i.test(value) ? 3 : 3.5)) return undefined
  const env = secretNamedBy(path)
  return env ? { name: 'what looks like a secret', env } : { name: 'what looks like a secret' }
}

/** Bits per character, by Shannon. */
function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

/** The secret that a key means by its name, whatever its value: `stripe.secret_key`, `TWILIO_AUTH_TOKEN`. */
export function secretNamedBy(path: readonly string[]): SecretName | undefined {
  const name = path.join('_').toLowerCase().replaceAll('-', '_')
  return NAMED.find(([pattern]) => pattern.test(name))?.[1]
}

const NAMED: readonly (readonly [RegExp, SecretName])[] = [
  [/(stripe.*(webhook|signing).*(secret|key)|(^|_)webhook_?secret)$/, 'STRIPE_WEBHOOK_SECRET'],
  [/stripe.*(secret|secret_?key|api_?key|restricted_?key)$/, 'STRIPE_SECRET_KEY'],
  [/(twilio.*(token|secret|password)|^auth_?token)$/, 'TWILIO_AUTH_TOKEN'],
  [/(turso|database|libsql).*(token|secret|password)$/, 'TURSO_AUTH_TOKEN'],
  [/((smtp|mail).*(password|passwd|secret)|smtp_url)$/, 'SMTP_URL'],
  [/service_?token$/, 'XSWARM_SERVICE_TOKEN'],
]
