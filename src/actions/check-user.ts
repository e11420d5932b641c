import type { App } from '../domain/app.ts'
import { createFaults } from '../domain/faults.ts'
import { parseAssignedAddress } from '../domain/new-users.ts'
import { parsePhone } from '../domain/phones.ts'
import type { Statement, WriteOutcome } from '../domain/ports.ts'
import { takenBy } from '../domain/refusals.ts'
import { parsePersona, parseWakeWord } from '../domain/settings.ts'
import { entitlementOf, isGranted, isTier } from '../domain/tiers.ts'
import { readTimestamp } from '../domain/times.ts'
import { failed, passed, type UserCheck } from '../domain/user-checks.ts'
import type { RevisedUser, User } from '../domain/users.ts'

type Parts = Pick<App, 'config' | 'personas' | 'database' | 'users'>

/**
 * Checks a user from end to end without changing anything: found by every name, settings valid and writable,
 * tier, address and number as they should be. Throws only what the database throws when it is away.
 */
export async function checkUser(app: Parts, email: string): Promise<readonly UserCheck[]> {
  const user = await app.users.findByEmail(email)
  if (user === undefined) {
    return [failed('user', 'Nobody has this email. See who there is with: xswarm users list')]
  }
  return [
    passed('user', `${user.email} has the id ${user.id}.`),
    ...(await checkLookups(app, user)),
    ...checkSettings(app, user),
    checkTier(app, user),
    checkCreated(user),
    await checkAddress(app, user),
    checkNumber(app, user),
    await checkSaving(app, user),
  ]
}

async function checkLookups(app: Parts, user: User): Promise<UserCheck[]> {
  const byId = await app.users.findRevised(user.id)
  const byAddress = await app.users.findByXswarmEmail(user.xswarm_email)
  const checks = [foundAs('id', byId?.user, user, revisionOf(byId)), foundAs('xswarm_email', byAddress, user)]
  if (user.xswarm_phone === null) return checks
  return [...checks, foundAs('xswarm_phone', await app.users.findByXswarmPhone(user.xswarm_phone), user)]
}

function foundAs(
  column: 'id' | 'xswarm_email' | 'xswarm_phone',
  found: User | undefined,
  user: User,
  more = '',
): UserCheck {
  const name = `found by ${column}`
  return found?.id === user.id
    ? passed(name, `${user[column]} leads to this user${more}.`)
    : failed(name, `${user[column]} leads to ${found === undefined ? 'nobody' : 'another user'}.`)
}

function revisionOf(found: RevisedUser | undefined): string {
  return found === undefined ? '' : ` at revision ${found.revision}`
}

function checkSettings(app: Parts, user: User): UserCheck[] {
  return [
    parses('persona', user.persona, (value) => parsePersona(value, app.personas)),
    parses('wake word', user.wake_word, parseWakeWord),
    parses('phone', user.phone, (value) => parsePhone(value)),
  ]
}

function parses(name: string, value: string | null, parse: (value: unknown) => string | null): UserCheck {
  const faults = createFaults()
  const parsed = faults.keep(() => parse(value))
  const [fault] = faults.found
  if (fault !== undefined) return failed(name, `${fault.message} Set it with: xswarm config set`)
  return passed(name, parsed ?? 'None is given.')
}

function checkTier(app: Parts, user: User): UserCheck {
  const tier = user.subscription_tier
  if (!isTier(tier)) return failed('tier', `${String(tier)} is no tier. Set one with: xswarm users set-tier`)
  const { toll_free_number, voice_minutes, sms_messages } = entitlementOf(tier, app.config)
  const number = toll_free_number ? 'a toll-free number' : 'no number'
  const how = tier === 'free' ? '' : isGranted(user) ? ', granted' : ', paid through Stripe'
  return passed(
    'tier',
    `${tier}${how}: ${number}, ${voice_minutes} voice minutes and ${sms_messages} messages a month.`,
  )
}

function checkCreated(user: User): UserCheck {
  return readTimestamp(user.created_at ?? '') === undefined
    ? failed('created_at', 'This is no CURRENT_TIMESTAMP text (UTC, as in 2026-11-23 14:17:00).')
    : passed('created_at', `${user.created_at} UTC`)
}

/** Tries to give the address to somebody, in a unit that is taken back in any case. */
async function checkAddress(app: Parts, user: User): Promise<UserCheck> {
  const faults = createFaults()
  const ownDomain = user.xswarm_email.replace(/^.*@/, '')
  const address = faults.keep(() => parseAssignedAddress(user.xswarm_email, ownDomain))
  if (address === undefined) return failed('address', faults.found.map((fault) => fault.message).join(' '))
  const outcome = await rehearse(app, user, app.users.claimAddress({ ...address, user_id: user.id }))
  if (outcome.outcome !== 'refused' || takenBy(outcome.refusal) !== 'xswarm_email') {
    return failed('address', `${user.xswarm_email} is not in the ledger: somebody else could be given it.`)
  }
  const elsewhere =
    address.domain === app.config.email.domain.toLowerCase() ? '' : ' (not at our [email] domain)'
  return passed('address', `${user.xswarm_email}${elsewhere} is never given to anybody else.`)
}

function checkNumber(app: Parts, user: User): UserCheck {
  const isEntitled = entitlementOf(user.subscription_tier, app.config).toll_free_number
  if (user.xswarm_phone !== null) {
    const parsed = parses('number', user.xswarm_phone, (value) => parsePhone(value, 'xswarm_phone'))
    return parsed.ok && !isEntitled
      ? passed('number', `${parsed.saw}, although the tier includes none.`)
      : parsed
  }
  return isEntitled
    ? {
        name: 'number',
        ok: true,
        pending: true,
        saw: 'The tier includes a toll-free number; it is not assigned yet.',
      }
    : passed('number', 'The tier includes none.')
}

/** Really writes another wake word with its change, behind which a guard takes everything back. */
async function checkSaving(app: Parts, user: User): Promise<UserCheck> {
  const outcome = await rehearse(
    app,
    user,
    app.users.update(user.id, { wake_word: `${user.wake_word} (checked)` }),
  )
  return outcome.outcome === 'refused' && outcome.statement === 1 && outcome.refusal.kind === 'rows'
    ? passed('saving', 'Settings can be stored; this one was taken back.')
    : failed('saving', 'The database did not take a change of settings.')
}

/** Does a statement and takes it back: no user ever has the revision that the second statement demands. */
function rehearse(app: Parts, user: User, statement: Statement): Promise<WriteOutcome> {
  return app.database.write({ statements: [statement, app.users.expectRevision(user.id, -1)] })
}
