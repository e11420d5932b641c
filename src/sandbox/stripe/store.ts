import { type Change, type Journal, noJournal, openJournal, readJournal } from '../journal.ts'
import { ApiError } from './errors.ts'
import type { ThinEvent } from './meter-errors.ts'
import type { Charge } from './objects/charge.ts'
import type { CheckoutPlan, CheckoutSession } from './objects/checkout-session.ts'
import type { Customer, DeletedCustomer } from './objects/customer.ts'
import type { Dispute } from './objects/dispute.ts'
import type { Invoice } from './objects/invoice.ts'
import type { InvoiceItem } from './objects/invoice-line.ts'
import type { InvoicePayment } from './objects/invoice-payment.ts'
import type { Meter, MeterEvent } from './objects/meter.ts'
import type { PaymentIntent } from './objects/payment-intent.ts'
import type { PaymentMethod } from './objects/payment-method.ts'
import type { PortalConfiguration, PortalSession } from './objects/portal.ts'
import type { Price, Product } from './objects/product.ts'
import type { Refund } from './objects/refund.ts'
import type { SetupIntent } from './objects/setup-intent.ts'
import type { Subscription } from './objects/subscription.ts'
import type { StripeEvent, WebhookEndpoint, WebhookSecret } from './objects/webhook-endpoint.ts'
import type { Answer, Delivery, Keys, Settings, ThinEndpoint, Timer } from './records.ts'

/** Everything the sandbox keeps, by kind. Values are never changed in place: a change puts a new one. */
export interface Kinds {
  customer: Customer
  deleted_customer: DeletedCustomer
  product: Product
  price: Price
  meter: Meter
  meter_event: MeterEvent & { readonly id: string }
  payment_method: PaymentMethod
  payment_intent: PaymentIntent
  setup_intent: SetupIntent
  charge: Charge
  refund: Refund
  dispute: Dispute
  subscription: Subscription
  invoice: Invoice
  invoice_item: InvoiceItem
  invoice_payment: InvoicePayment
  checkout_session: CheckoutSession
  checkout_plan: CheckoutPlan
  portal_session: PortalSession
  portal_configuration: PortalConfiguration
  webhook_endpoint: WebhookEndpoint
  webhook_secret: WebhookSecret
  event: StripeEvent
  thin_event: ThinEvent
  thin_endpoint: ThinEndpoint
  delivery: Delivery
  timer: Timer
  answer: Answer
  keys: Keys
  settings: Settings
}
export type Kind = keyof Kinds

export interface Store {
  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined
  /** Oldest first. */
  all<K extends Kind>(kind: K): readonly Kinds[K][]
  count(kind: Kind): number
  /** Only inside `transact`, as `remove`. */
  put<K extends Kind>(kind: K, value: Kinds[K]): void
  remove(kind: Kind, id: string): void
  /** Does `work` as a whole. What it changed is undone when it throws, unless by an ApiError that is kept. */
  transact<T>(work: () => T): T
  /** Answers when all finished transactions are on the disk. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Opens the state at `path`, or an empty one in memory. Throws AppError `misconfigured` when the file is not ours. */
export async function openStore(path: string | undefined): Promise<Store> {
  const kinds = new Map<string, Map<string, unknown>>()
  const of = (kind: string) => {
    const known = kinds.get(kind) ?? new Map<string, unknown>()
    kinds.set(kind, known)
    return known
  }
  const apply = ([kind, id, value]: Change) => {
    if (value === null) of(kind).delete(id)
    else of(kind).set(id, value)
  }
  if (path !== undefined) for (const changes of readJournal(path)) changes.forEach(apply)
  const journal: Journal = path === undefined ? noJournal : await openJournal(path, everything(kinds))
  return createStore(of, apply, journal)
}

function everything(kinds: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Change[] {
  return [...kinds].flatMap(([kind, values]) => [...values].map(([id, value]): Change => [kind, id, value]))
}

function createStore(
  of: (kind: string) => Map<string, unknown>,
  apply: (change: Change) => void,
  journal: Journal,
): Store {
  /** What the running transaction changed, and what was there before. */
  let open: { before: Change[]; after: Change[] } | undefined
  const change = (kind: Kind, id: string, value: unknown) => {
    if (open === undefined) throw new Error(`${kind} ${id} changed outside a transaction`)
    open.before.push([kind, id, of(kind).get(id) ?? null])
    open.after.push([kind, id, value])
    apply([kind, id, value])
  }
  const finish = (work: { before: Change[]; after: Change[] }, keep: boolean) => {
    open = undefined
    if (!keep) work.before.reverse().forEach(apply)
    else if (work.after.length > 0) journal.append(latest(work.after))
  }
  return {
    // Each kind holds only what `put` gave it or what it wrote into the journal.
    find: <K extends Kind>(kind: K, id: string) => of(kind).get(id) as Kinds[K] | undefined,
    all: <K extends Kind>(kind: K) => [...of(kind).values()] as Kinds[K][],
    count: (kind) => of(kind).size,
    put: (kind, value) => change(kind, value.id, value),
    remove: (kind, id) => change(kind, id, null),
    transact(work) {
      if (open !== undefined) throw new Error('A transaction is already open')
      const mine: { before: Change[]; after: Change[] } = { before: [], after: [] }
      open = mine
      try {
        const result = work()
        finish(mine, true)
        return result
      } catch (error) {
        finish(mine, error instanceof ApiError && error.kept)
        throw error
      }
    },
    flush: () => journal.flush(),
    close: () => journal.close(),
  }
}

/** Only the last value of each: what lay between was never seen by anybody. Keeps the order of first appearance. */
function latest(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>()
  for (const change of changes) last.set(`${change[0]} ${change[1]}`, change)
  return [...last.values()]
}
