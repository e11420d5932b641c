import type { App } from '../domain/app.ts'
import { parseEmail } from '../domain/emails.ts'
import { createFaults, invalidField } from '../domain/faults.ts'
import { parsePhone } from '../domain/phones.ts'
import type { TierEntitlement } from '../domain/project.ts'
import { entitlementOf } from '../domain/tiers.ts'
import type { User } from '../domain/users.ts'

/** A user with what their tier includes per month. */
export interface EntitledUser extends User {
  readonly entitlements: TierEntitlement
}

/** Exactly one of the three. */
export interface LookUpQuery {
  readonly email?: string | undefined
  readonly xswarm_phone?: string | undefined
  readonly xswarm_email?: string | undefined
}

const KEYS = ['email', 'xswarm_phone', 'xswarm_email'] as const
const TEXT_LENGTH_MAX = 1024

/**
 * The user behind an email, an assigned number or an assigned address (also with a +tag), or undefined for nobody.
 * A text that cannot be any of these finds nobody as well. Throws AppError `invalid` unless exactly one key is given.
 */
export async function lookUpUser(
  app: Pick<App, 'config' | 'users'>,
  query: LookUpQuery,
): Promise<EntitledUser | undefined> {
  const [key, another] = KEYS.filter((name) => query[name] !== undefined)
  if (key === undefined || another !== undefined) {
    throw invalidField(another ?? KEYS.join(', '), `Name exactly one of ${KEYS.join(', ')}.`)
  }
  const text = query[key] ?? ''
  if (text.length > TEXT_LENGTH_MAX || text.includes('\0')) return undefined
  const user = await find(app, key, text.trim())
  return user === undefined
    ? undefined
    : { ...user, entitlements: entitlementOf(user.subscription_tier, app.config) }
}

async function find(
  app: Pick<App, 'users'>,
  key: (typeof KEYS)[number],
  text: string,
): Promise<User | undefined> {
  const ours = spellingOf(key, text)
  const lookups = {
    email: app.users.findByEmail,
    xswarm_phone: app.users.findByXswarmPhone,
    xswarm_email: app.users.findByXswarmEmail,
  } as const satisfies Record<(typeof KEYS)[number], unknown>
  // A row written by hand keeps the spelling it was written in.
  return (await lookups[key](ours)) ?? (ours === text ? undefined : await lookups[key](text))
}

/** As sign-up would store it; a text that sign-up would refuse stays as it is, and finds a hand-made row or nobody. */
function spellingOf(key: (typeof KEYS)[number], text: string): string {
  const { keep } = createFaults()
  if (key === 'xswarm_phone') return keep(() => parsePhone(text)) ?? text
  const email = keep(() => parseEmail(text.normalize('NFKC'))) ?? text
  return key === 'email' ? email : email.replace(/\+[^@]*(?=@)/, '')
}
