import { InvalidArgumentError } from 'commander'
import type { LoadedConfig } from '../../config/load.ts'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { readProject } from '../project.ts'
import { formatTable, type Report } from '../report.ts'

export interface SetupOptions extends GlobalOptions {
  readonly currency: string
  readonly premium: string
  readonly voice: string
  readonly sms: string
}

export const defineStripe: Define = (stripe, act) => {
  const price = (flag: string, what: string, fallback: string) =>
    [`--${flag} <amount>`, `price of ${what}, when there is none yet`, parseAmount, fallback] as const
  stripe
    .command('setup')
    .summary('make what is missing in the account')
    .description(
      'Look for products, prices, meters and the webhook endpoint in the Stripe account of STRIPE_SECRET_KEY, make what is missing, and print the lines for config.toml and .env. Run again, it makes nothing twice.',
    )
    .option('--currency <code>', 'of new prices', parseCurrency, 'usd')
    .option(...price('premium', 'a month of premium', '20'))
    .option(...price('voice', 'a minute above the included ones', '0.05'))
    .option(...price('sms', 'a message above the included ones', '0.02'))
    .action((options: SetupOptions) => act((globals, io) => setUp({ ...globals, ...options }, io)))
}

/** Brings the account of the key to what this version needs. Throws AppError `misconfigured`, `unavailable`. */
export async function setUp(options: SetupOptions, io: Io): Promise<Report> {
  const loaded = await readProject(options, io)
  const { config, secrets } = loaded
  const secretKey = await getKey(loaded)
  const [{ createStripe }, { setupStripe }] = await Promise.all([
    import('../../adapters/stripe.ts'),
    import('../../actions/setup-stripe.ts'),
  ])
  const billing = createStripe({
    secretKey,
    webhookSecrets: [],
    apiBase: config.stripe.api_base,
    clock: { now: () => Date.now() },
  })
  const { currency, premium, voice, sms } = options
  const smallest = (amount: string) => inSmallestUnit(amount, currency)
  const result = await setupStripe(
    { billing },
    {
      publicUrl: config.server.public_url,
      currency,
      amounts: { premium: smallest(premium), voice: smallest(voice), sms: smallest(sms) },
    },
  )
  io.say(`Stripe, ${billing.mode} mode.`)
  return report(result, secrets.STRIPE_WEBHOOK_SECRET !== undefined)
}

async function getKey({ config, secrets }: LoadedConfig): Promise<string> {
  const { modeMismatches } = await import('../../config/secret-rules.ts')
  const [mismatch] = modeMismatches(config, secrets)
  if (mismatch !== undefined) throw new AppError('misconfigured', mismatch)
  const { STRIPE_SECRET_KEY } = secrets
  if (STRIPE_SECRET_KEY === undefined) {
    throw new AppError(
      'misconfigured',
      'STRIPE_SECRET_KEY is missing: put the secret key of your Stripe account into .env. xswarm dev needs none, it brings a Stripe of its own.',
    )
  }
  const { hostname } = new URL(config.server.public_url)
  if (config.stripe.api_base === undefined && /^(localhost|127\..*|\[::1\])$/.test(hostname)) {
    throw new AppError(
      'misconfigured',
      'server.public_url is an address of this machine, which Stripe cannot reach. Set it to the public one first.',
    )
  }
  return STRIPE_SECRET_KEY
}

type SetupResult = import('../../actions/setup-stripe.ts').SetupResult

function report(result: SetupResult, hasSecret: boolean): Report {
  const { steps, prices, webhookSecret, outdated, hasPortal } = result
  const lines = [
    formatTable(steps.map(({ did, what, id }) => [did, what, id])),
    '',
    'Into config.toml:',
    '',
    '[stripe.prices]',
    ...Object.entries(prices).map(([name, id]) => `${name} = "${id}"`),
    ...secretLines(webhookSecret, hasSecret),
    ...outdated.map(
      (id) => `\n${id} sends another version of the API: remove it once the new endpoint works.`,
    ),
    ...(hasPortal
      ? []
      : [
          '\nThe billing portal has no configuration yet: save it once in the dashboard under Settings, Billing, Customer portal.',
        ]),
  ]
  return {
    text: lines.join('\n'),
    document: { steps, prices, webhook_secret: webhookSecret ?? null, outdated, portal: hasPortal },
  }
}

function secretLines(secret: string | undefined, hasSecret: boolean): string[] {
  if (secret !== undefined) {
    const beside = hasSecret ? ', in front of the old one with a comma until that endpoint is gone' : ''
    return ['', `Into .env (Stripe shows it this once)${beside}:`, '', `STRIPE_WEBHOOK_SECRET=${secret}`]
  }
  if (hasSecret) return []
  return [
    '',
    'Into .env: STRIPE_WEBHOOK_SECRET, which the dashboard shows at the endpoint under "Signing secret".',
  ]
}

/** `20.5` as `2050` for dollars: moved by as many places as the currency has, without arithmetic that rounds. */
function inSmallestUnit(amount: string, currency: string): string {
  const { maximumFractionDigits: places = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  const [whole = '0', fraction = ''] = amount.split('.')
  const padded = fraction.padEnd(places, '0')
  const moved = `${whole}${padded.slice(0, places)}`.replace(/^0+(?=\d)/, '')
  const rest = padded.slice(places).replace(/0+$/, '')
  return rest === '' ? moved : `${moved}.${rest}`
}

function parseAmount(text: string): string {
  if (/^\d{1,9}(\.\d{1,8})?$/.test(text)) return text
  throw new InvalidArgumentError('An amount is a number such as 20 or 0.05.')
}

function parseCurrency(text: string): string {
  if (/^[A-Za-z]{3}$/.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('A currency has three letters, such as usd.')
}
