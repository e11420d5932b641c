import type { LedgerView } from '../actions/list-numbers.ts'
import { type LedgerNumber, NUMBER_STATES, type NumberState } from '../domain/numbers.ts'
import { formatTimestamp } from '../domain/times.ts'
import { adminFrame, type Column, count, figure, moment, paging, table, userLink } from './admin-frame.ts'
import { html, type Markup } from './html.ts'
import type { Assets } from './layout.ts'
import { formatPhone } from './wording.ts'

export interface LedgerSearch {
  readonly state?: NumberState | undefined
  readonly cursor?: string | undefined
}

/** The ledger of numbers, with what was spent and what stands in the way. */
export function numbersPage({ state, cursor }: LedgerSearch, found: LedgerView, assets: Assets): string {
  const { totals, spending, pause } = found
  const filters = [undefined, ...NUMBER_STATES].map((one) => {
    const path = one === undefined ? '/admin/numbers' : `/admin/numbers?state=${one}`
    return html`<li><a href="${path}" ${one === state && html`aria-current="true"`}>${one ?? 'all'}</a></li>`
  })
  const isHourOver = spending.lastHour >= spending.perHourMax
  const content = html`<h1>Numbers</h1>
${pause !== undefined && html`<p class="notice bad" role="alert">Nothing is asked of Twilio until ${formatTimestamp(pause.until)} UTC. ${pause.reason}</p>`}
${isHourOver && html`<p class="notice bad" role="alert">The spend breaker is open: ${count(spending.lastHour)} numbers were bought in the last hour, and purchases_per_hour_max is ${count(spending.perHourMax)}. Purchases go on by themselves when the hour is over.</p>`}
<dl class="figures">
${figure('Active', totals.active)}
${figure('On their way', totals.wanted + totals.buying)}
${figure('In grace', totals.grace)}
${figure('Being given back', totals.releasing)}
${figure(`Bought this hour, of ${count(spending.perHourMax)}`, spending.lastHour, isHourOver)}
${figure('Bought in 30 days', spending.last30Days)}
</dl>
<nav aria-label="State"><ul class="tabs">${filters}</ul></nav>
<section class="panel" aria-label="Numbers">${ledgerTable(found.numbers, 'There are none.')}</section>
${paging('/admin/numbers', { state, cursor }, found.next_cursor)}`
  return adminFrame('Numbers', '/admin/numbers', content, assets)
}

/** `ofUser`: all of them are about one user, so that need not stand in each row. */
export function ledgerTable(numbers: readonly LedgerNumber[], nothing: string, ofUser = false): Markup {
  const columns: Column<LedgerNumber>[] = [
    {
      name: 'Number',
      cell: ({ e164, state }) =>
        e164 === null
          ? undefined
          : html`<span class="tight">${formatPhone(e164)}</span>${state === 'buying' && ' (candidate)'}`,
    },
    {
      name: 'State',
      cell: ({ state }) => html`<span class="tag${state === 'active' ? ' strong' : ''}">${state}</span>`,
    },
    ...(ofUser ? [] : [{ name: 'User', cell: ({ user_id }: LedgerNumber) => userLink(user_id) }]),
    { name: 'Came by', cell: ({ origin }) => (origin === 'adopted' ? 'hand' : 'purchase') },
    {
      name: 'Texts',
      cell: ({ state, sms_status }) => state === 'active' && html`<span class="tight">${sms_status}</span>`,
    },
    { name: 'Wanted', cell: ({ wanted_at }) => moment(wanted_at) },
    { name: 'Active', cell: ({ active_at }) => moment(active_at) },
    {
      name: 'Kept until',
      cell: ({ grace_until }) => (grace_until === null ? undefined : moment(formatTimestamp(grace_until))),
    },
    { name: 'Given back', cell: ({ released_at }) => moment(released_at) },
    { name: 'Note', cell: ({ last_error }) => last_error ?? undefined },
  ]
  return table('Numbers, the newest first', numbers, columns, nothing)
}

/** What an admin with the right may do about a user's number. */
export function numberButtons(userId: string, numbers: readonly LedgerNumber[], isIncluded: boolean): Markup {
  const path = `/admin/users/${encodeURIComponent(userId)}/number`
  const live = numbers.find(({ state }) => ['wanted', 'buying', 'active', 'grace'].includes(state))
  return html`<div class="paging">${
    isIncluded &&
    live?.state !== 'active' &&
    html`<form method="post" action="${path}"><input type="hidden" name="do" value="provide"><button class="button small" type="submit">${live === undefined ? 'Provide a number' : 'Provide it now'}</button></form>`
  }${
    live !== undefined &&
    html`<form method="post" action="${path}"><input type="hidden" name="do" value="withdraw"><button class="button quiet small" type="submit">Give the number back for good</button></form>`
  }</div>`
}
