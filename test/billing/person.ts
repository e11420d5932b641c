import { expect } from 'vitest'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import type { User } from '../../src/domain/users.ts'
import type { BillingStage } from './stage.ts'

export const CARDS = {
  good: '4242424242424242',
  declined: '4000000000000002',
  failsLater: '4000000000000341',
} as const

/** What somebody does in a browser on Stripe's pages, by their forms. */
export async function send(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: new URL(url).origin },
    body: new URLSearchParams(fields).toString(),
    redirect: 'manual',
  })
}

/** Pays on a page of Checkout. Answers where it leads. */
export async function pay(url: string, card: string = CARDS.good): Promise<string> {
  const answer = await send(url, { card, action: 'pay' })
  expect(answer.status).toBe(303)
  return answer.headers.get('location') ?? ''
}

/** Somebody who subscribed and whose news have all arrived. */
export async function subscribe(
  stage: BillingStage,
  email = 'alice@example.com',
  card?: string,
): Promise<User> {
  const { id } = await stage.createPerson(email)
  const { url } = await startCheckout(stage.app, id, { tier: 'premium' })
  await pay(url, card)
  await stage.settle()
  return stage.user(id)
}

/** Does something on the portal of a person. */
export async function onPortal(
  stage: BillingStage,
  user: User,
  fields: Record<string, string>,
): Promise<void> {
  const url = await stage.billing.openPortal({
    customer_id: user.stripe_customer_id ?? '',
    return_url: stage.url,
  })
  const answer = await send(url, fields)
  expect(answer.status).toBe(303)
}

/** Changes the card that a person pays with, as they would on the portal. */
export async function changeCard(stage: BillingStage, user: User, card: 'good' | 'declined'): Promise<void> {
  await control(stage, 'card', { customer: user.stripe_customer_id ?? '', card })
}

export async function control(stage: BillingStage, what: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${stage.sandbox.url}/_sandbox/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

/** The subjects of the mails that somebody got, oldest first. */
export function mailsTo(stage: BillingStage, email: string): string[] {
  return stage.mailbox
    .list()
    .filter(({ to }) => to === email)
    .map(({ subject }) => subject)
    .reverse()
}
