/**
 * What `xswarm init` writes. The project's own `config.toml` and `.env.example` are these texts, so that they are
 * loaded by its tests. The values are the samples of the document that xswarm implements.
 */

/** `schemaPath` is where editors find `config.schema.json`, relative to the file. */
export function configTemplate(schemaPath: string | undefined): string {
  return `${schemaPath === undefined ? '' : `#:schema ${schemaPath}\n`}${CONFIG}`
}

const CONFIG = `# Project configuration of xswarm. Committed to git: no secrets (they live in .env), no real users (they live in the
# database). Every section may be left out. What differs elsewhere goes into config.production.toml beside this file.

# development, test, staging or production. The variable XSWARM_ENVIRONMENT overrides it.
environment = "development"

# [server]
# host = "127.0.0.1"
# port = 8787
# public_url = "http://localhost:8787" # where people, Stripe and Twilio reach it
# trusted_proxies = ["10.0.0.0/8"]     # whose X-Forwarded-* headers are believed

# [database]
# url = "file:data/xswarm.db" # or libsql://NAME.turso.io; the token is TURSO_AUTH_TOKEN in .env

[twilio]
account_sid = "AC1234567890" # an id, not a secret

[stripe]
publishable_key = "pk_test_xxx" # made for browsers, not a secret

[stripe.prices] # test and live ids differ
premium = "price_1234567890"
voice = "price_0987654321"
sms = "price_1122334455"

# The user of local development
[test_user]
email = "test@example.com"
phone = "+15551234567"
subscription_tier = "premium"
persona = "hal-9000"
xswarm_email = "test@xswarm.ai"
xswarm_phone = "+18005551001"

# Who administers. Without this section: nobody.
[admin]
email = "admin@xswarm.dev"
phone = "+15559876543"
access_level = "superadmin"
can_provision_numbers = true
can_view_all_users = true

[features]
voice_enabled = true
sms_enabled = true
stripe_enabled = true

# A persona of your own, or other words for a built-in one:
# [personas.ada]
# name = "Ada"
# wake_word = "hey ada"
# greeting = "Good day. What shall we compute?"
# voice = "Polly.Amy"
`

export const ENV_TEMPLATE = `# Secrets of xswarm. Copy to .env, fill in what you use, and run: chmod 600 .env
# Never commit .env. Settings do not belong here but into config.toml.

# Stripe's secret key, from the dashboard under Developers, API keys. Of the same mode as stripe.publishable_key.
STRIPE_SECRET_KEY=

# Signs what Stripe sends to /webhooks/stripe. Several, comma separated, while it is being replaced.
STRIPE_WEBHOOK_SECRET=

# Twilio's auth token, from the console. Several, comma separated, while it is being replaced.
TWILIO_AUTH_TOKEN=

# The token of a remote database: turso db tokens create NAME
TURSO_AUTH_TOKEN=

# The mail server with its password, as smtps, user, password, host and port in one URL.
SMTP_URL=

# Opens /api/lookup and /metrics to your other services. Make one with: openssl rand -hex 32
XSWARM_SERVICE_TOKEN=
`

/** What must never be committed, and the one that must. */
export const IGNORED_LINES = ['.env', '.env.*', '!.env.example', 'data/'] as const
