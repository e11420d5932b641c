import { malformed } from './errors.ts'
import { newLineItem } from './objects/checkout-session.ts'
import { costOf } from './objects/product.ts'
import { listOf } from './objects/shared.ts'
import type { Sandbox } from './sandbox.ts'
import type { Kind } from './store.ts'

const LEVELS_MAX = 4

/** Which object an id stands for, by how it begins. */
const kinds: readonly (readonly [prefix: string, kind: Kind])[] = [
  ['cus_', 'customer'],
  ['prod_', 'product'],
  ['price_', 'price'],
  ['pm_', 'payment_method'],
  ['pi_', 'payment_intent'],
  ['seti_', 'setup_intent'],
  ['ch_', 'charge'],
  ['sub_', 'subscription'],
  ['in_', 'invoice'],
  ['bpc_', 'portal_configuration'],
]

/** Fields that hold an id but cannot be expanded. */
const plain = new Set([
  'id',
  'url',
  'client_secret',
  'client_reference_id',
  'number',
  'name',
  'description',
  'email',
])

type Thing = Readonly<Record<string, unknown>>

/** Puts objects in the place of their ids, and shows lists that are only shown on demand, along each path. */
export function expand(sandbox: Sandbox, answer: unknown, paths: readonly string[]): unknown {
  return paths.reduce((whole, path) => {
    const keys = path.split('.')
    if (keys.length > LEVELS_MAX) {
      throw malformed(`You cannot expand more than ${LEVELS_MAX} levels of a property. Property: ${path}`, {
        param: 'expand',
      })
    }
    return follow(sandbox, whole, keys, path)
  }, answer)
}

function follow(sandbox: Sandbox, value: unknown, keys: readonly string[], path: string): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return value
  if (Array.isArray(value)) return value.map((one) => follow(sandbox, one, keys, path))
  if (!isThing(value)) return value
  if (key === 'data' && value.object === 'list') {
    return { ...value, data: follow(sandbox, value.data, rest, path) }
  }
  const shown = value[key] === undefined ? onDemand(sandbox, value, key) : value[key]
  if (shown === undefined) throw inexpandable(key, path)
  return { ...value, [key]: follow(sandbox, replaced(sandbox, shown, key, path), rest, path) }
}

function replaced(sandbox: Sandbox, value: unknown, key: string, path: string): unknown {
  if (value === null || typeof value === 'object') return value
  const [, kind] = kinds.find(([prefix]) => String(value).startsWith(prefix)) ?? []
  if (typeof value !== 'string' || kind === undefined || plain.has(key)) throw inexpandable(key, path)
  const found = sandbox.store.find(kind, value)
  return found ?? (kind === 'customer' ? sandbox.store.find('deleted_customer', value) : undefined) ?? value
}

/** What an object shows only when asked. */
function onDemand(sandbox: Sandbox, owner: Thing, key: string): unknown {
  const { store } = sandbox
  const id = String(owner.id)
  const demand = `${String(owner.object)}.${key}`
  if (demand === 'invoice.payments') {
    return listOf(
      '/v1/invoice_payments',
      store.all('invoice_payment').filter(({ invoice }) => invoice === id),
    )
  }
  if (demand === 'invoice.confirmation_secret') return confirmationSecret(sandbox, id)
  if (demand === 'checkout.session.line_items') return lineItems(sandbox, id)
  if (demand === 'customer.subscriptions') {
    const living = store
      .all('subscription')
      .filter(({ customer, status }) => customer === id && status !== 'canceled')
    return listOf(`/v1/customers/${id}/subscriptions`, living)
  }
  if (demand === 'charge.refunds') {
    return listOf(
      `/v1/charges/${id}/refunds`,
      store.all('refund').filter(({ charge }) => charge === id),
    )
  }
  return undefined
}

function confirmationSecret(sandbox: Sandbox, invoice: string): unknown {
  const payment = sandbox.store.all('invoice_payment').find((one) => one.invoice === invoice)
  const intent = payment && sandbox.store.find('payment_intent', payment.payment.payment_intent)
  return intent === undefined ? null : { client_secret: intent.client_secret, type: 'payment_intent' }
}

/** The lines of a Checkout session. */
export function lineItems(sandbox: Sandbox, session: string) {
  const plan = sandbox.store.find('checkout_plan', session)
  const items = (plan?.items ?? []).flatMap(({ id, price: priceId, quantity }) => {
    const price = sandbox.store.find('price', priceId)
    if (price === undefined) return []
    const amount = quantity === null ? 0 : costOf(price, quantity)
    const name = price.nickname ?? sandbox.store.find('product', price.product)?.name ?? null
    return [{ ...newLineItem(id, price, quantity, amount), description: name }]
  })
  return listOf(`/v1/checkout/sessions/${session}/line_items`, items)
}

function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null
}

function inexpandable(key: string, path: string): Error {
  const message = `This property cannot be expanded (${key}). You may want to try expanding '${path.split('.')[0]}' instead.`
  return malformed(message, { param: 'expand' })
}
