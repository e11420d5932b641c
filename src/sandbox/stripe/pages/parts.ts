import { html } from 'hono/html'
import { controlPage, type Markup, PAGE_HEADERS } from '../../control-page.ts'
import type { Price } from '../objects/product.ts'
import type { Seconds } from '../objects/shared.ts'
import { TEST_CARDS, type TestCard } from '../test-cards.ts'

/** A whole page. `targets` are addresses that its forms may lead to in the end: the browser checks redirects too. */
export async function pageResponse(
  title: string,
  content: Markup,
  targets: readonly (string | null)[] = [],
  status = 200,
): Promise<Response> {
  const origins = [...new Set(targets.flatMap((target) => (target === null ? [] : [originOf(target)])))]
  const policy = PAGE_HEADERS['Content-Security-Policy']
  return new Response(String(await controlPage(title, withStyle(content))), {
    status,
    headers: {
      ...PAGE_HEADERS,
      'Content-Security-Policy': policy.replace(
        "form-action 'self'",
        ["form-action 'self'", ...origins].join(' '),
      ),
      'Content-Type': 'text/html; charset=utf-8',
    },
  })
}

/** Without what could end a policy's directive. */
function originOf(target: string): string {
  return new URL(target).origin.replaceAll(/[\s;,']/g, '')
}

export function withStyle(content: Markup): Markup {
  return html`<link rel="stylesheet" href="/_sandbox/stripe.css">${content}`
}

/** The cards to choose from. */
export function cardChoice(cards: readonly TestCard[] = TEST_CARDS, legend = 'Pay with'): Markup {
  const [first] = cards
  return html`<fieldset class="cards"><legend>${legend}</legend>${cards.map(
    (
      card,
    ) => html`<label><input type="radio" name="card" value="${card.number}"${card === first ? html` checked` : ''}>
<span>${card.label}</span><small>${card.number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')} · ${card.brand}</small></label>`,
  )}</fieldset>`
}

export function money(amount: number, currency: string | null): string {
  const format = { style: 'currency', currency: currency ?? 'usd' } as const
  return new Intl.NumberFormat('en-US', format).format(amount / 100)
}

export function priceText(price: Price): string {
  const format = { style: 'currency', currency: price.currency, maximumFractionDigits: 6 } as const
  const amount = new Intl.NumberFormat('en-US', format).format(Number(price.unit_amount_decimal) / 100)
  const { interval = '', interval_count = 1, usage_type } = price.recurring ?? {}
  if (usage_type === 'metered') return `${amount} per unit`
  return interval_count === 1 ? `${amount} / ${interval}` : `${amount} every ${interval_count} ${interval}s`
}

export function day(at: Seconds): string {
  const format = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat('en-GB', format).format(at * 1000)
}

export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

export function notice(text: string | undefined): Markup {
  return text === undefined ? html`` : html`<p class="summary" role="alert">${text}</p>`
}
