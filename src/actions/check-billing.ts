import { type AccountEndpoint, type AccountPrice, type Billing, getBilling } from '../domain/billing.ts'
import { HANDLED_EVENTS } from '../domain/billing-events.ts'
import { AppError } from '../domain/errors.ts'
import type { ProjectConfig } from '../domain/project.ts'
import { METERS, USAGE_KINDS, type UsageKind } from '../domain/usage.ts'

/** One line of `xswarm doctor`. */
export interface BillingCheck {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'FAIL'
  readonly message: string
  readonly fix?: string
}

interface Parts {
  readonly billing: Billing | undefined
  readonly config: ProjectConfig
  /** The status that our own webhook answers to an unsigned request; undefined when it cannot be reached from here. */
  readonly probe: (url: string) => Promise<number | undefined>
}

const SETUP = 'xswarm stripe setup'

/**
 * Compares the Stripe account with what config.toml says and this version needs. Changes nothing, and finds every fault
 * at once. Throws only what is no refusal of Stripe.
 */
export async function checkBilling(parts: Parts): Promise<readonly BillingCheck[]> {
  try {
    const billing = getBilling(parts)
    return [
      ...(await checkPrices(billing, parts.config)),
      ...(await checkEndpoints(billing, parts)),
      (await billing.setup.hasPortal())
        ? ok('stripe portal', 'the billing portal has its configuration')
        : fail(
            'stripe portal',
            'the billing portal has no configuration',
            'save it once in the Stripe dashboard under Settings, Billing, Customer portal',
          ),
    ]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [{ name: 'stripe', state: 'FAIL', message: error.message }]
  }
}

async function checkPrices(billing: Billing, config: ProjectConfig): Promise<BillingCheck[]> {
  const { prices } = config.stripe
  const checks = [await checkPrice(billing, 'premium', prices.premium)]
  const meters = await billing.setup.listMeters()
  for (const kind of USAGE_KINDS) {
    const isOn = kind === 'voice' ? config.features.voice_enabled : config.features.sms_enabled
    if (!isOn) continue
    if (prices[kind] === undefined) {
      checks.push(
        warn(
          `stripe.prices.${kind}`,
          'is not set, so usage above the included amount is billed to nobody',
          SETUP,
        ),
      )
      continue
    }
    checks.push(await checkPrice(billing, kind, prices[kind], (price) => meterFault(kind, price, meters)))
  }
  return checks
}

async function checkPrice(
  billing: Billing,
  key: 'premium' | UsageKind,
  id: string | undefined,
  more: (price: AccountPrice) => string | undefined = (price) =>
    price.meter_id === null ? undefined : 'is metered, and premium is paid in advance',
): Promise<BillingCheck> {
  const name = `stripe.prices.${key}`
  if (id === undefined) return fail(name, 'is not set', SETUP)
  const price = await billing.setup.findPrice({ id })
  if (price === undefined)
    return fail(
      name,
      `there is no such price in this account in ${billing.mode} mode`,
      `${SETUP}, and put what it prints into config.toml`,
    )
  const fault =
    (price.livemode !== (billing.mode === 'live') && 'is of the other mode than the key') ||
    (!price.active && 'is archived, so nobody can buy it') ||
    (price.interval !== 'month' && key !== 'premium' && 'is not billed by the month') ||
    (price.interval === null && 'is not recurring') ||
    more(price)
  return fault
    ? fail(name, fault, `${SETUP}, and put what it prints into config.toml`)
    : ok(name, describe(price))
}

function describe({ amount, currency, interval, meter_id }: AccountPrice): string {
  const cost = amount === null ? 'tiered' : `${Number(amount) / 100} ${currency.toUpperCase()}`
  return meter_id === null ? `${cost} a ${interval}` : `${cost} for each unit above the included amount`
}

function meterFault(
  kind: UsageKind,
  { meter_id }: AccountPrice,
  meters: Awaited<ReturnType<Billing['setup']['listMeters']>>,
): string | undefined {
  if (meter_id === null) return 'is not metered'
  const meter = meters.find(({ id }) => id === meter_id)
  if (meter?.event_name === METERS[kind].event_name && meter.active) return undefined
  return `does not count the events ${METERS[kind].event_name} that are reported`
}

async function checkEndpoints(billing: Billing, { config, probe }: Parts): Promise<BillingCheck[]> {
  const url = `${config.server.public_url.replace(/\/+$/, '')}/webhooks/stripe`
  const all = await billing.setup.listEndpoints()
  const ours = all.filter((one) => one.url === url)
  const [endpoint] = ours
  if (endpoint === undefined) {
    const elsewhere = all.map((one) => one.url).join(', ')
    const message = `no webhook endpoint at ${url}${elsewhere === '' ? '' : `; there is ${elsewhere}`}`
    return [fail('stripe webhook', message, `correct server.public_url, or run: ${SETUP}`)]
  }
  const more =
    ours.length > 1
      ? [
          fail(
            'stripe webhook',
            `${ours.length} endpoints at ${url}, so every event is sent ${ours.length} times`,
            'remove all but one in the Stripe dashboard',
          ),
        ]
      : []
  return [...ours.flatMap((one) => checkEndpoint(billing, one)), ...more, ...(await checkReach(url, probe))]
}

function checkEndpoint(
  billing: Billing,
  { id, enabled, api_version, events, livemode }: AccountEndpoint,
): BillingCheck[] {
  const name = `stripe webhook ${id}`
  const faults: BillingCheck[] = []
  if (!enabled) faults.push(fail(name, 'is disabled, so no event arrives', SETUP))
  if (api_version !== billing.setup.apiVersion)
    faults.push(
      fail(
        name,
        `sends the version ${api_version ?? 'of the account'}, and this xswarm speaks ${billing.setup.apiVersion}`,
        `${SETUP} makes a new endpoint; put its secret beside the old one, then remove the old endpoint`,
      ),
    )
  if (livemode !== (billing.mode === 'live'))
    faults.push(fail(name, 'is of the other mode than the key', SETUP))
  const wanted = HANDLED_EVENTS.filter((one) => !events.includes(one) && !events.includes('*'))
  if (wanted.length > 0) faults.push(fail(name, `does not send ${wanted.join(', ')}`, SETUP))
  if (events.includes('*') || events.includes('invoice.created'))
    faults.push(warn(name, 'sends events that nobody handles', SETUP))
  return faults.length > 0
    ? faults
    : [ok(name, `sends ${HANDLED_EVENTS.length} kinds of events in ${api_version}`)]
}

async function checkReach(url: string, probe: Parts['probe']): Promise<BillingCheck[]> {
  const status = await probe(url)
  const name = 'stripe webhook address'
  if (status === undefined)
    return [warn(name, `${url} cannot be reached from here`, 'start the server, or look from outside')]
  // Unsigned, it must be refused as such.
  if (status === 400) return [ok(name, `${url} answers`)]
  const redirects = status >= 300 && status < 400
  return [
    fail(
      name,
      redirects
        ? `${url} redirects (${status}), which Stripe does not follow`
        : `${url} answers ${status}, and is not our webhook`,
      'set server.public_url to the very address where the server answers',
    ),
  ]
}

function ok(name: string, message: string): BillingCheck {
  return { name, state: 'ok', message }
}

function warn(name: string, message: string, fix: string): BillingCheck {
  return { name, state: 'warn', message, fix }
}

function fail(name: string, message: string, fix: string): BillingCheck {
  return { name, state: 'FAIL', message, fix }
}
