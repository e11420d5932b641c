import type { UserStory } from '../domain/admin-views.ts'
import type { Change } from '../domain/ports.ts'
import type { Session } from '../domain/sessions.ts'
import { adminFrame, facts, moment, table } from './admin-frame.ts'
import { ledgerTable, numberButtons } from './admin-numbers-page.ts'
import { auditTable, jobTable, tierTag } from './admin-pages.ts'
import { html, type Markup } from './html.ts'
import type { Assets } from './layout.ts'

/** Everything about one user. */
export function adminUserPage(story: UserStory, assets: Assets, mayProvide = false): string {
  const { user, proven } = story
  const content = html`<div class="head"><p><a href="/admin/users">Users</a></p>
<h1>${user.email}</h1>
<p>${tierTag(user.subscription_tier)} ${!proven && html`<span class="tag bad">address not proven</span>`}</p></div>
<div class="columns">
<section class="panel" aria-labelledby="account"><h2 id="account">Account</h2>${accountFacts(story)}</section>
<section class="panel" aria-labelledby="plan"><h2 id="plan">Plan and number</h2>${planFacts(story)}</section>
</div>
${section('numbers', 'Numbers', numbers(story, mayProvide))}
${section('sessions', 'Signed in', sessionTable(story.sessions))}
${section('changes', 'Changes', changeTable(story.changes))}
${section('jobs', 'Jobs', jobTable(story.jobs, 'None are waiting, running or failed.', true))}
${section('audit', 'Audit log', auditTable(story.audit, 'Nothing yet.', true))}
<p><a href="/admin/audit?user_id=${encodeURIComponent(user.id)}">Everything in the audit log about this user</a></p>`
  return adminFrame(user.email, '/admin/users', content, assets)
}

function accountFacts({ user }: UserStory): Markup {
  return facts([
    ['Id', html`<code>${user.id}</code>`],
    ['Email', user.email],
    ['Phone', user.phone ?? 'none'],
    ['Address', user.xswarm_email],
    ['Persona', user.persona],
    ['Wake word', `“${user.wake_word}”`],
    ['Revision', String(user.revision)],
    ['Signed up', moment(user.created_at)],
  ])
}

function planFacts({ user }: UserStory): Markup {
  const { number, subscription, entitlements, usage } = user
  return facts([
    ['Tier', user.subscription_tier],
    ['Subscription', subscription.state],
    ['Stripe customer', user.stripe_customer_id ?? 'none'],
    ['Stripe subscription', user.stripe_subscription_id ?? 'none'],
    ['Number', number.xswarm_phone ?? number.state],
    ['Toll-free number', entitlements.toll_free_number ? 'included' : 'not included'],
    ['Voice minutes', `${usage.voice_minutes.used} of ${usage.voice_minutes.included}`],
    ['Texts', `${usage.sms_messages.used} of ${usage.sms_messages.included}`],
  ])
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section class="panel" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`
}

function numbers({ user, numbers: held }: UserStory, mayProvide: boolean): Markup {
  return html`${ledgerTable(held, 'None, now or ever.', true)}${
    mayProvide && numberButtons(user.id, held, user.entitlements.toll_free_number)
  }`
}

function sessionTable(sessions: readonly Session[]): Markup {
  return table(
    'Sessions, the last used first',
    sessions,
    [
      { name: 'Where', cell: ({ name }) => name },
      { name: 'Kind', cell: ({ kind }) => kind },
      { name: 'Since', cell: ({ created_at }) => moment(created_at) },
      { name: 'Last seen', cell: ({ last_seen_at }) => moment(last_seen_at) },
    ],
    'Nowhere.',
  )
}

function changeTable(changes: readonly Change[]): Markup {
  return table(
    'Changes, the newest first',
    changes,
    [
      { name: 'Revision', cell: ({ revision }) => String(revision) },
      { name: 'At', cell: ({ at }) => moment(at) },
      { name: 'Changed', cell: ({ changed }) => changed.join(', ') },
      { name: 'Before', cell: (change) => printBefore(change) },
    ],
    'None.',
  )
}

/** Of the settings that changed, what they were. */
function printBefore({ changed, before }: Change): string {
  return Object.entries(before)
    .filter(([name]) => changed.includes(name))
    .map(([name, value]) => `${name}: ${value ?? 'none'}`)
    .join(', ')
}
