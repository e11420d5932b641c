import type Stripe from 'stripe'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import type { BilledCustomer } from '../../src/domain/billing.ts'
import { isHandled, syncJob } from '../../src/domain/billing-events.ts'
import type { User } from '../../src/domain/users.ts'
import { changeCard, control, onPortal, pay } from './person.ts'
import { type BillingStage, createBillingStage, DAY } from './stage.ts'

/** A lifecycle as the sandbox lived it: what Stripe held after each step, and the events that the step made. */
export interface Recording {
  readonly name: string
  readonly userId: string
  readonly customerId: string
  /** Version 0 is the customer before anything happened. */
  readonly versions: readonly BilledCustomer[]
  readonly events: readonly { readonly event: Stripe.Event; readonly version: number }[]
  readonly prices: BillingStage['prices']
  /** The time when it was over. */
  readonly endedAt: number
}

interface Scene {
  readonly stage: BillingStage
  /** As they are now. */
  user(): Promise<User>
  subscription(): Promise<string>
}

type Step = (scene: Scene) => Promise<unknown>

/** Opens two pages before either is paid, as in two tabs. */
const buyTwice: Step = async ({ stage, user }) => {
  const alice = await user()
  const { url } = await startCheckout(stage.app, alice.id, { tier: 'premium' })
  const { stripe_customer_id: customer } = await user()
  const line_items = [{ price: stage.prices.premium, quantity: 1 }]
  const metadata = { xswarm_user_id: alice.id }
  const other = await stage.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer ?? '',
    line_items,
    subscription_data: { metadata },
    success_url: stage.url,
  })
  await pay(url)
  await stage.pass(2_000)
  await pay(other.url ?? '')
}

const subscribe: Step = async ({ stage, user }) => {
  const { url } = await startCheckout(stage.app, (await user()).id, { tier: 'premium' })
  await pay(url)
}
const days =
  (count: number): Step =>
  async ({ stage }) => {
    for (let day = 0; day < count; day++) await stage.pass(DAY)
  }
const card =
  (which: 'good' | 'declined'): Step =>
  async ({ stage, user }) =>
    changeCard(stage, await user(), which)
const cancelByApi: Step = async ({ stage, subscription }) =>
  stage.stripe.subscriptions.update(await subscription(), { cancel_at_period_end: true })
const cancelOnPortal: Step = async ({ stage, user, subscription }) =>
  onPortal(stage, await user(), { action: 'cancel', subscription: await subscription() })
const resumeOnPortal: Step = async ({ stage, user, subscription }) =>
  onPortal(stage, await user(), { action: 'resume', subscription: await subscription() })
const cancelNow: Step = async ({ stage, subscription }) =>
  stage.stripe.subscriptions.cancel(await subscription())
const changePlan: Step = async ({ stage, subscription }) => {
  const product = await stage.stripe.products.create({ name: 'xSwarm Premium, the new price' })
  const price = await stage.stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 2500,
    recurring: { interval: 'month' },
    metadata: { xswarm_tier: 'premium' },
  })
  const id = await subscription()
  const { items } = await stage.stripe.subscriptions.retrieve(id)
  const item = items.data.find((one) => one.price.id === stage.prices.premium)
  await stage.stripe.subscriptions.update(id, { items: [{ id: item?.id ?? '', price: price.id }] })
}
const deleteCustomer: Step = async ({ stage, user }) =>
  stage.stripe.customers.del((await user()).stripe_customer_id ?? '')
const refund: Step = async ({ stage, user }) => {
  const { data } = await stage.stripe.charges.list({ customer: (await user()).stripe_customer_id ?? '' })
  await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' })
}
/** Our own job ends the second one. */
const endDuplicate: Step = async ({ stage, user }) => {
  const job = syncJob((await user()).stripe_customer_id ?? '')
  await stage.app.database.write({ statements: [stage.app.jobs.enqueue(job)] })
  await stage.work()
}
const loseDispute: Step = async ({ stage, user }) => {
  const { id } = (await control(stage, 'dispute', { customer: (await user()).stripe_customer_id ?? '' })) as {
    id: string
  }
  await control(stage, 'dispute/close', { dispute: id, status: 'lost' })
}

/** Our own job ends what was paid with it. */
const endDisputed: Step = async ({ stage }) => {
  const { data } = await stage.stripe.disputes.list({ limit: 1 })
  const dispute_id = data[0]?.id ?? ''
  const job = { name: 'review-dispute', payload: { dispute_id }, key: dispute_id } as const
  await stage.app.database.write({ statements: [stage.app.jobs.enqueue(job)] })
  await stage.work()
}

/** With the tier that each must end in. */
export const LIFECYCLES: Readonly<
  Record<string, { readonly steps: readonly Step[]; readonly tier: 'free' | 'premium' }>
> = {
  subscribe: { steps: [subscribe], tier: 'premium' },
  renew: { steps: [subscribe, days(32)], tier: 'premium' },
  'fail and recover': {
    steps: [subscribe, card('declined'), days(32), card('good'), days(8)],
    tier: 'premium',
  },
  'fail for good': { steps: [subscribe, card('declined'), days(32), days(30)], tier: 'free' },
  'cancel at period end from the API': { steps: [subscribe, cancelByApi, days(32)], tier: 'free' },
  'cancel at period end from the portal': { steps: [subscribe, cancelOnPortal, days(32)], tier: 'free' },
  resume: { steps: [subscribe, cancelOnPortal, resumeOnPortal], tier: 'premium' },
  'immediate cancel': { steps: [subscribe, cancelNow], tier: 'free' },
  'plan change': { steps: [subscribe, changePlan], tier: 'premium' },
  'customer deleted': { steps: [subscribe, deleteCustomer], tier: 'free' },
  'two subscriptions': { steps: [buyTwice, endDuplicate], tier: 'premium' },
  refund: { steps: [subscribe, refund], tier: 'premium' },
  'dispute lost': { steps: [subscribe, loseDispute, endDisputed], tier: 'free' },
}

/** Lives a lifecycle in a sandbox whose webhooks reach nobody, and writes down what there was to see. */
export async function record(name: string): Promise<Recording> {
  const stage = await createBillingStage({ deaf: true })
  try {
    const { id: userId } = await stage.createPerson()
    const user = () => stage.user(userId)
    const subscription = async () => {
      const { stripe_customer_id: customer } = await user()
      const { data } = await stage.stripe.subscriptions.list({ customer: customer ?? '' })
      return data.at(-1)?.id ?? ''
    }
    const versions: BilledCustomer[] = [{ gone: false, subscriptions: [] }]
    const events: { event: Stripe.Event; version: number }[] = []
    const seen = new Set<string>()
    let customerId = ''
    for (const step of LIFECYCLES[name]?.steps ?? []) {
      await step({ stage, user, subscription })
      customerId ||= (await user()).stripe_customer_id ?? ''
      versions.push(await stage.billing.readCustomer(customerId))
      for await (const event of stage.stripe.events.list({ limit: 100 })) {
        if (seen.has(event.id) || !isHandled(event.type)) continue
        seen.add(event.id)
        events.push({ event, version: versions.length - 1 })
      }
    }
    return { name, userId, customerId, versions, events, prices: stage.prices, endedAt: stage.clock.now() }
  } finally {
    await stage.close()
  }
}
