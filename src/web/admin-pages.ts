import type { JobPage } from '../actions/list-jobs.ts'
import type { AuditView } from '../actions/view-audit.ts'
import type { Overview } from '../domain/admin-views.ts'
import type { AuditEntry, AuditVerdict } from '../domain/audit.ts'
import type { DirectoryPage } from '../domain/directory.ts'
import { JOB_STATES, type JobRecord, type JobState } from '../domain/jobs.ts'
import { TIERS } from '../domain/users.ts'
import { adminFrame, type Column, count, figure, moment, paging, table, userLink } from './admin-frame.ts'
import { html, type Markup } from './html.ts'
import type { Assets } from './layout.ts'
import { barPlot, sharePlot } from './plots.ts'

export function overviewPage(overview: Overview, assets: Assets): string {
  const { users, numbers, jobs, sign_ups, tiers } = overview
  const content = html`<h1>Overview</h1>
${!overview.complete && incomplete}
<dl class="figures">
${figure('Users', users)}
${figure('With a number', numbers)}
${figure('Signed up today', sign_ups.at(-1)?.users ?? 0)}
${figure('Jobs waiting', jobs.waiting)}
${figure('Jobs running', jobs.running)}
${figure('Jobs failed', jobs.failed, jobs.failed > 0)}
</dl>
<div class="columns">
<section class="panel" aria-labelledby="sign-ups"><h2 id="sign-ups">Sign-ups, last ${sign_ups.length} days</h2>
${barPlot(
  'Sign-ups',
  sign_ups.map(({ day, users: value }) => ({ label: day, value })),
)}</section>
<section class="panel" aria-labelledby="tiers"><h2 id="tiers">Tiers</h2>
${sharePlot(tiers.map(({ tier, users: value }) => ({ label: tier, value })))}</section>
</div>`
  return adminFrame('Overview', '/admin', content, assets)
}

const incomplete = html`<p class="notice" role="status">The directory of users is being built up, so some are missing here. It goes on by itself; look again in a minute.</p>`

export interface UserSearch {
  readonly query: string
  readonly tier: string
  readonly cursor?: string | undefined
  readonly fault?: string | undefined
}

export function usersPage(search: UserSearch, found: DirectoryPage | undefined, assets: Assets): string {
  const { query, tier, cursor, fault } = search
  const content = html`<h1>Users</h1>
<form class="search" method="get" action="/admin/users" role="search">
<div><label for="query">Any part of email, phone, number or address</label>
<input id="query" name="query" type="search" value="${query}" maxlength="254" autocomplete="off" spellcheck="false" autofocus
aria-describedby="query-fault" ${fault !== undefined && html`aria-invalid="true"`}></div>
<div><label for="tier">Tier</label><select id="tier" name="tier"><option value="">All</option>
${TIERS.map((one) => html`<option value="${one}" ${one === tier && html`selected`}>${one}</option>`)}</select></div>
<button class="button" type="submit">Search</button>
</form>
<p class="fault" id="query-fault" ${fault !== undefined && html`role="alert"`}>${fault}</p>
${found !== undefined && !found.complete && incomplete}
${
  found !== undefined &&
  html`<section class="panel" aria-label="Found">${userTable(found)}</section>
${paging('/admin/users', { query, tier, cursor }, found.next_cursor)}`
}`
  return adminFrame('Users', '/admin/users', content, assets)
}

function userTable({ users }: DirectoryPage): Markup {
  return table(
    'Users, the newest first',
    users,
    [
      {
        name: 'Email',
        cell: ({ id, email }) => html`<a href="/admin/users/${encodeURIComponent(id)}">${email}</a>`,
      },
      { name: 'Address', cell: ({ xswarm_email }) => xswarm_email },
      { name: 'Number', cell: ({ xswarm_phone }) => xswarm_phone ?? undefined },
      { name: 'Phone', cell: ({ phone }) => phone ?? undefined },
      { name: 'Tier', cell: ({ subscription_tier }) => tierTag(subscription_tier) },
      { name: 'Signed up', cell: ({ created_at }) => moment(created_at) },
    ],
    'Nobody was found.',
  )
}

export function tierTag(tier: string): Markup {
  return html`<span class="tag${tier === 'free' ? '' : ' strong'}">${tier}</span>`
}

export function jobsPage(
  {
    state,
    cursor,
    notice,
  }: { state: JobState | undefined; cursor?: string | undefined; notice?: string | undefined },
  found: JobPage,
  assets: Assets,
): string {
  const filters = [undefined, ...JOB_STATES].map((one) => {
    const path = one === undefined ? '/admin/jobs' : `/admin/jobs?state=${one}`
    return html`<li><a href="${path}" ${one === state && html`aria-current="true"`}>${one ?? 'all'}</a></li>`
  })
  const content = html`<h1>Jobs</h1>
${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
<nav aria-label="State"><ul class="tabs">${filters}</ul></nav>
<section class="panel" aria-label="Jobs">${jobTable(found.jobs, 'There are none.')}</section>
${paging('/admin/jobs', { state, cursor }, found.next_cursor)}`
  return adminFrame('Jobs', '/admin/jobs', content, assets)
}

/** With a button on every job that was given up. `ofUser`: all of them are about one user, so that need not stand in each row. */
export function jobTable(jobs: readonly JobRecord[], nothing: string, ofUser = false): Markup {
  const columns: Column<JobRecord>[] = [
    { name: 'Job', cell: ({ id, name }) => html`${name} <code>${id}</code>` },
    {
      name: 'State',
      cell: ({ state }) => html`<span class="tag${state === 'failed' ? ' bad' : ''}">${state}</span>`,
    },
    { name: 'Attempts', cell: ({ attempts }) => String(attempts) },
    ...(ofUser ? [] : [{ name: 'User', cell: ({ user_id }: JobRecord) => userLink(user_id) }]),
    { name: 'Due', cell: ({ run_at }) => moment(run_at) },
    { name: 'Asked for', cell: ({ created_at }) => moment(created_at) },
    { name: 'Last error', cell: ({ last_error }) => last_error ?? undefined },
    {
      name: 'Again',
      cell: ({ id, name, state }) =>
        state === 'failed' &&
        html`<form method="post" action="/admin/jobs/${id}/retry"><button class="button quiet small" type="submit" aria-label="Retry ${name} ${id}">Retry</button></form>`,
    },
  ]
  return table('Jobs, the newest first', jobs, columns, nothing)
}

export interface AuditSearch {
  readonly user_id?: string | undefined
  readonly cursor?: string | undefined
  readonly verdict?: AuditVerdict | undefined
}

export function auditPage(search: AuditSearch, found: AuditView, assets: Assets): string {
  const { user_id, cursor, verdict } = search
  const content = html`<h1>Audit log</h1>
${verdict !== undefined && verdictNotice(verdict)}
<form method="post" action="/admin/audit/verify" class="paging"><button class="button quiet small" type="submit">Check every entry</button></form>
${user_id !== undefined && html`<p>Only what is about ${userLink(user_id)}. <a href="/admin/audit">Show everything</a></p>`}
<section class="panel" aria-label="Entries">${auditTable(found.entries, 'There are none.')}</section>
${paging('/admin/audit', { user_id, cursor }, found.next_cursor)}`
  return adminFrame('Audit log', '/admin/audit', content, assets)
}

/** `ofUser` as in `jobTable`. */
export function auditTable(entries: readonly AuditEntry[], nothing: string, ofUser = false): Markup {
  return table(
    'Entries, the newest first',
    entries,
    [
      { name: 'Number', cell: ({ id }) => String(id) },
      { name: 'At', cell: ({ at }) => moment(at) },
      { name: 'Who', cell: ({ actor }) => html`<code>${actor}</code>` },
      { name: 'Did', cell: ({ action }) => html`<span class="tight">${action}</span>` },
      ...(ofUser ? [] : [{ name: 'About', cell: ({ user_id }: AuditEntry) => userLink(user_id) }]),
      {
        name: 'Detail',
        cell: ({ detail }) => Object.keys(detail).length > 0 && html`<code>${JSON.stringify(detail)}</code>`,
      },
    ],
    nothing,
  )
}

function verdictNotice(verdict: AuditVerdict): Markup {
  if (!verdict.ok)
    return html`<p class="notice bad" role="alert">Entry ${verdict.id} does not hold: ${verdict.fault}. Somebody has written to the log by another way.</p>`
  return html`<p class="notice" role="status">All ${count(verdict.entries)} entries hold. The last one has the hash <code>${verdict.head}</code>: kept elsewhere, it proves later that nothing before it was rewritten.</p>`
}
