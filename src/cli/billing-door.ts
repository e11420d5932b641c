import { type Account, accountOf } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import { formatTimestamp } from '../domain/times.ts'
import type { Io } from './io.ts'
import { operatorOf } from './operator.ts'
import { type Project, withProject } from './project.ts'
import { callServer, type ServerAccess } from './server-client.ts'
import { findAccess, type SettingsOptions } from './settings-door.ts'
import { getSubject } from './subject.ts'

/** One user's subscription, behind a server or through the database and Stripe. */
export interface BillingDoor {
  account(): Promise<Account>
  checkout(tier: string): Promise<{ readonly url: string }>
  portal(): Promise<{ readonly url: string }>
  change(what: 'cancel' | 'resume'): Promise<ChangedSubscription>
}

export interface ChangedSubscription {
  readonly status: string
  /** UTC text. */
  readonly ends_at: string | null
}

/** Opens it for whoever the settings would be opened for: see `withSettings`. */
export async function withBilling<Result>(
  options: SettingsOptions,
  io: Io,
  run: (door: BillingDoor) => Promise<Result>,
): Promise<Result> {
  const access = await findAccess(options, io)
  if (access !== undefined) return run(openServer(access))
  return withProject(options, io, async (project) => {
    const { user } = await getSubject(project, options.user)
    return run(openDatabase(project, user.id, options.user !== undefined))
  })
}

function openServer(access: ServerAccess): BillingDoor {
  const post = async (path: string, body?: unknown) =>
    (await callServer(access, `/api/billing/${path}`, { method: 'POST', body })).body
  // The shapes are those of the server's own openapi.json.
  return {
    account: async () => (await callServer(access, '/api/me')).body as Account,
    checkout: async (tier) => (await post('checkout', { tier })) as { url: string },
    portal: async () => (await post('portal')) as { url: string },
    change: async (what) => (await post(what)) as ChangedSubscription,
  }
}

function openDatabase({ app }: Project, userId: string, isOperator: boolean): BillingDoor {
  const getUser = async () => {
    const found = await app.users.findRevised(userId)
    if (found === undefined) throw new AppError('not-found', 'There is no such user.')
    return found
  }
  return {
    async account() {
      const found = await getUser()
      const now = app.clock.now()
      return accountOf(found, await app.readAccountFacts(found.user, now), app.config, now)
    },
    async checkout(tier) {
      const { startCheckout } = await import('../actions/start-checkout.ts')
      return startCheckout(app, userId, { tier })
    },
    async portal() {
      const { openPortal } = await import('../actions/open-portal.ts')
      return openPortal(app, (await getUser()).user)
    },
    async change(what) {
      const { changeSubscription } = await import('../actions/change-subscription.ts')
      const { user } = await getUser()
      const entry = { action: 'subscription.changed', user_id: userId, detail: { what } } as const
      if (isOperator) await app.audit.record({ actor: operatorOf(), ...entry })
      const { status, ends_at } = await changeSubscription(app, user, what)
      return { status, ends_at: ends_at === null ? null : formatTimestamp(ends_at) }
    },
  }
}
