import Stripe from 'stripe'
import { createUser } from '../../src/actions/create-user.ts'
import { createStripe } from '../../src/adapters/stripe.ts'
import type { BilledCustomer, Billing } from '../../src/domain/billing.ts'
import type { ClaimedJob } from '../../src/domain/jobs.ts'
import { type RunningServer, startServer } from '../../src/http/serve.ts'
import { createHttp } from '../../src/http/service.ts'
import { runJob } from '../../src/worker/jobs.ts'
import { createTestApp, type TestApp } from '../app.ts'
import type { Recording } from './recordings.ts'

/** What happens at one moment: an event is brought, a job is run - to its end, or until the process dies on the way. */
export type Moment =
  | { readonly kind: 'event'; readonly index: number }
  | { readonly kind: 'work'; readonly dies: 'not' | 'before its write' | 'after its write' }

export interface Plan {
  readonly moments: readonly Moment[]
  /** Every event claims to be of this very second. */
  readonly sameSecond: boolean
}

export interface Replay {
  /** Lets a new customer live the recording by this plan. Answers the rows it ends in, with the recording's own names. */
  run(plan: Plan): Promise<unknown>
  close(): Promise<void>
}

const SECRET = `whsec_${'a'.repeat(32)}`

/**
 * One service on a port, and a Stripe that shows to each customer what it held when the newest event that was brought so far
 * had just happened: the slowest world there is. Events are signed and come over HTTP.
 */
export async function createReplay(recording: Recording): Promise<Replay> {
  const worlds = new Map<string, World>()
  const now = { now: () => recording.endedAt }
  const signer = createStripe({ secretKey: 'sk_test_x', webhookSecrets: [SECRET], clock: now })
  const billing = replayBilling(signer, worlds)
  const parts = await createTestApp({ billing, config: { stripe: { prices: recording.prices } } })
  parts.clock.advance(recording.endedAt - parts.clock.now())
  const server = await startServer(createHttp(parts.app), { host: '127.0.0.1', port: 0 })
  const sdk = new Stripe('sk_test_x')
  let count = 0
  return {
    async run(plan) {
      const suffix = `x${++count}`
      const { id } = await createUser(parts.app, { email: `${suffix}@example.com` })
      const world = createWorld(recording, suffix)
      worlds.set(world.customerId, world)
      await parts.sql('UPDATE users SET stripe_customer_id = ? WHERE id = ?', world.customerId, id)
      for (const moment of plan.moments) {
        if (moment.kind === 'work') await work(parts, moment.dies)
        else await bring(sdk, server, world, moment.index, plan.sameSecond)
      }
      for (const [index] of recording.events.entries())
        await bring(sdk, server, world, index, plan.sameSecond)
      await work(parts, 'not')
      return rowsOf(parts, id, suffix)
    },
    async close() {
      await server.close()
      await parts.close()
    },
  }
}

/** One customer's Stripe. Its names end in a suffix of its own, so that many may live the same life in one database. */
interface World {
  readonly customerId: string
  readonly recording: Recording
  readonly rename: (text: string) => string
  version: number
  readonly cancelled: Set<string>
}

function createWorld(recording: Recording, suffix: string): World {
  const rename = (text: string) => text.replaceAll(/\b(?:cus|sub|evt|du|dp)_\w+/g, (id) => `${id}${suffix}`)
  return { customerId: rename(recording.customerId), recording, rename, version: 0, cancelled: new Set() }
}

function stateOf({ recording, version, rename, cancelled }: World): BilledCustomer {
  const state: BilledCustomer = JSON.parse(rename(JSON.stringify(recording.versions[version])))
  const last: BilledCustomer = JSON.parse(rename(JSON.stringify(recording.versions.at(-1))))
  return {
    ...state,
    // What we ended ourselves is ended from then on, as the recording shows it at last.
    subscriptions: state.subscriptions.map((one) =>
      cancelled.has(one.id) ? (last.subscriptions.find(({ id }) => id === one.id) ?? one) : one,
    ),
  }
}

function replayBilling(signer: Billing, worlds: ReadonlyMap<string, World>): Billing {
  const worldOf = (id: string) =>
    [...worlds.values()].find((world) => world.rename(JSON.stringify(world.recording)).includes(`"${id}"`))
  return {
    ...signer,
    async readCustomer(id) {
      const world = worlds.get(id)
      return world === undefined ? { gone: true, subscriptions: [] } : stateOf(world)
    },
    async cancelNow(id) {
      worldOf(id)?.cancelled.add(id)
    },
    refundLast: async () => true,
    readDispute: async (id) => ({ id, status: 'lost', customer_id: worldOf(id)?.customerId ?? null }),
  }
}

async function bring(
  sdk: Stripe,
  server: RunningServer,
  world: World,
  index: number,
  sameSecond: boolean,
): Promise<void> {
  const recorded = world.recording.events[index]
  if (recorded === undefined) throw new Error(`there is no event ${index}`)
  world.version = Math.max(world.version, recorded.version)
  const at = Math.floor(world.recording.endedAt / 1000)
  const created = sameSecond ? at : recorded.event.created
  const payload = world.rename(JSON.stringify({ ...recorded.event, created }))
  const signature = sdk.webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp: at })
  const answer = await fetch(`${server.url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature },
    body: payload,
  })
  if (answer.status !== 200) throw new Error(`${recorded.event.type} was answered ${answer.status}`)
  await answer.arrayBuffer()
}

/** Runs what is due. A process that dies leaves its job to whoever finds the lease over: the same loop, later. */
async function work(parts: TestApp, dies: 'not' | 'before its write' | 'after its write'): Promise<void> {
  const { app } = parts
  for (;;) {
    // A lease of nothing: the next claim takes the job over from whoever died with it.
    const claimed = await app.jobs.claim('test', 0, 10)
    if (claimed.length === 0) return
    for (const job of claimed) await runOne(parts, job, dies)
    if (dies !== 'not') return
  }
}

async function runOne({ app }: TestApp, job: ClaimedJob, dies: string): Promise<void> {
  if (job.name === 'send-mail') return void (await app.jobs.finish(job))
  if (dies === 'before its write') {
    const write = () => Promise.reject(new Error('the process died'))
    await runJob({ ...app, database: { ...app.database, write } }, job).catch(() => undefined)
    return
  }
  await runJob(app, job)
  if (dies === 'not') await app.jobs.finish(job)
}

async function rowsOf(parts: TestApp, id: string, suffix: string): Promise<unknown> {
  const columns = 'subscription_tier, stripe_customer_id, stripe_subscription_id'
  const user = await parts.sql(`SELECT ${columns} FROM users WHERE id = ?`, id)
  const mirror = (await parts.app.subscriptions.listForUser(id)).map(({ user_id: _, ...one }) => one)
  const text = JSON.stringify({ user, mirror }).replaceAll(new RegExp(`(_\\w+)${suffix}\\b`, 'g'), '$1')
  return JSON.parse(text)
}
