/** The secrets of contract section 2. They live in `.env` or the process environment, nowhere else. */
export const SECRET_NAMES = [
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'TWILIO_AUTH_TOKEN',
  'TURSO_AUTH_TOKEN',
  'SMTP_URL',
  'XSWARM_SERVICE_TOKEN',
] as const
export type SecretName = (typeof SECRET_NAMES)[number]

/**
 * The secrets that are set, as plain strings by their names. The object itself prints as `[secret]` for each
 * name, in `console.log`, `util.inspect`, `JSON.stringify` and a spread.
 */
export type Secrets = { readonly [name in SecretName]?: string }
