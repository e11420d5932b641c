import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditNumbers, type NumberAudit } from '../../src/actions/audit-numbers.ts'
import { refreshSmsStatus } from '../../src/actions/refresh-sms-status.ts'
import { createNumberWorld, inventoryOf, MINUTE_MS, type NumberWorld } from './world.ts'

let world: NumberWorld
beforeEach(async () => {
  world = await createNumberWorld()
})
afterEach(() => world.close())

const audit = (repair = false): Promise<NumberAudit> =>
  auditNumbers(world.app, { repair, actor: 'operator:test' })
const findings = ({ lines }: NumberAudit) => lines.map(({ verdict, finding }) => `${verdict}: ${finding}`)
const urls = { voice: '', voice_fallback: '', sms: '', sms_fallback: '', status: '' }
const buyBesides = (e164: string, tag: string) => world.twilio.buy({ e164, tag, urls })
const HALF_AN_HOUR = 31 * MINUTE_MS

async function settle(...users: string[]): Promise<void> {
  for (const user of users) await world.addUser(user)
  await world.sweep()
}

describe('an audit', () => {
  test('of what is in order finds nothing, and says so with figures', async () => {
    await settle('alice', 'bob')
    await world.addUser('carl', { tier: 'free' })
    const { totals, left, lines } = await audit()
    expect(totals).toEqual({
      entitled: 2,
      numbers: 2,
      leaked: 0,
      missing: 0,
      unpaid: 0,
      drift: 0,
      settling: 0,
    })
    expect(left).toEqual([])
    expect(lines).toMatchObject([
      { entitlement: 'granted', ledger: 'active', twilio: 'ours', verdict: 'ok' },
      { entitlement: 'granted', ledger: 'active', twilio: 'ours', verdict: 'ok' },
    ])
    expect(await world.app.audit.list({ limit: 1 })).toMatchObject([
      { action: 'numbers.audited', detail: { numbers: 2, drift: 0 } },
    ])
  })

  test('finds who has a right to a number and none, and puts it on its way', async () => {
    await world.addUser('alice')
    const before = await audit()
    expect(before.totals).toMatchObject({ entitled: 1, missing: 1, drift: 1 })
    await audit(true)
    expect(findings(await audit())).toEqual(['settling: on its way'])
    await world.work()
    expect((await audit()).left).toEqual([])
  })

  test('finds a number that nobody pays for', async () => {
    await settle('alice')
    await world.sql(`UPDATE users SET subscription_tier = 'free'`)
    expect((await audit()).totals).toMatchObject({ unpaid: 1, drift: 1 })
    await audit(true)
    await world.work()
    expect(await world.ledger()).toMatchObject([{ state: 'grace' }])
    expect((await audit()).left).toEqual([])
  })

  test('gives back what leaked, after half an hour and not before', async () => {
    await settle('alice')
    const [entry] = await world.ledger()
    await buyBesides('+18335550100', entry?.tag ?? '')
    expect(findings(await audit(true))).toContain('settling: bought or given back just now')
    expect(await inventoryOf(world)).toHaveLength(2)
    world.clock.advance(HALF_AN_HOUR)
    expect((await audit()).totals).toMatchObject({ leaked: 1, drift: 1 })
    await audit(true)
    await world.work(5 * MINUTE_MS)
    expect(await inventoryOf(world)).toMatchObject([{ e164: entry?.e164 }])
    expect((await audit()).left).toEqual([])
  })

  test('never touches what does not carry our tag, nor a tag it never heard of', async () => {
    await buyBesides('+18335550101', 'Support line')
    await buyBesides('+18335550102', 'xs1:production:somebody')
    await buyBesides('+18335550103', 'xs1:development:of-another-database')
    world.clock.advance(HALF_AN_HOUR)
    const { left, repaired } = await audit(true)
    await world.sweep(5 * MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(3)
    expect(repaired).toEqual([])
    expect(left).toMatchObject([
      { e164: '+18335550103', finding: expect.stringContaining('never heard of it') },
    ])
  })

  test('puts webhooks right that somebody turned elsewhere', async () => {
    await settle('alice')
    const [number] = await world.twilio.list()
    await world.twilio.configure(number?.sid ?? '', { ...urls, voice: 'https://elsewhere.example/' })
    expect(findings(await audit())).toEqual(['drift: its webhooks do not point at us'])
    const { left } = await audit(true)
    expect(left).toEqual([])
    expect(findings(await audit())).toEqual(['ok: answers'])
  })

  test('replaces a number that Twilio took away, when it is gone twice ten minutes apart', async () => {
    await settle('alice')
    const [lost] = await world.twilio.list()
    await world.twilio.release(lost?.sid ?? '')
    await audit(true)
    expect(await world.numberOf('alice')).toBe(lost?.e164)
    world.clock.advance(9 * MINUTE_MS)
    await audit(true)
    expect(await world.numberOf('alice')).toBe(lost?.e164)
    world.clock.advance(2 * MINUTE_MS)
    expect((await audit()).totals).toMatchObject({ drift: 1 })
    await audit(true)
    await world.work(5 * MINUTE_MS)
    expect(await world.numberOf('alice')).not.toBe(lost?.e164)
    expect(await inventoryOf(world)).toMatchObject([{ e164: await world.numberOf('alice') }])
    expect((await audit()).left).toEqual([])
  })

  test('forgets an absence that was only a late list', async () => {
    await settle('alice')
    world.sandbox.misbehave({ readLag: { ms: 60 * MINUTE_MS } })
    await audit(true)
    expect(await world.ledger()).toMatchObject([{ absent_since: expect.any(Number) }])
    world.sandbox.behave()
    await audit(true)
    expect(await world.ledger()).toMatchObject([{ absent_since: null, state: 'active' }])
  })

  test('replaces nothing when many vanish at once: that is a wrong account, not a loss', async () => {
    await settle('a', 'b', 'c', 'd', 'e')
    world.sandbox.misbehave({ readLag: { ms: 600 * MINUTE_MS } })
    await audit(true)
    world.clock.advance(15 * MINUTE_MS)
    const { left, repaired } = await audit(true)
    expect(left).toHaveLength(5)
    expect(repaired).toEqual([])
    await world.work(5 * MINUTE_MS)
    world.sandbox.behave()
    expect(await inventoryOf(world)).toHaveLength(5)
    expect(await world.ledger()).toHaveLength(5)
  })

  test('says of a job that was given up why, and leaves it to a person', async () => {
    await world.sandbox.changeAccount({ type: 'Trial' })
    await settle('alice', 'bob')
    await world.work(60 * MINUTE_MS)
    const { left, repaired } = await audit(true)
    expect(repaired).toEqual([])
    expect(left).toMatchObject([{ verdict: 'drift', finding: expect.stringContaining('21404') }])
  })

  test('knows a number that was set by hand, at Twilio or not', async () => {
    await buyBesides('+18335550104', 'bought in the console')
    await world.addUser('alice', { number: '+18335550104' })
    await world.addUser('bob', { number: '+18335550105' })
    await audit(true)
    const { lines, left } = await audit()
    expect(lines.map(({ user_id, finding }) => `${user_id}: ${finding}`).sort()).toEqual([
      'alice: set by hand',
      'bob: set by hand, and Twilio does not know it',
    ])
    expect(left).toHaveLength(1)
  })
})

test('how far the verification for texts is comes from Twilio', async () => {
  await settle('alice')
  await refreshSmsStatus(world.app)
  expect(await world.ledger()).toMatchObject([{ sms_status: 'unverified' }])
  const [number] = await world.twilio.list()
  const form = new URLSearchParams({
    BusinessName: 'X',
    BusinessWebsite: 'https://x.example',
    NotificationEmail: 'x@example.com',
    UseCaseCategories: 'ACCOUNT_NOTIFICATIONS',
    UseCaseSummary: 'x',
    ProductionMessageSample: 'x',
    OptInImageUrls: 'https://x.example/i.png',
    OptInType: 'WEB_FORM',
    MessageVolume: '10',
    BusinessType: 'SOLE_PROPRIETOR',
    TollfreePhoneNumberSid: number?.sid ?? '',
  })
  const { accountSid, authToken, url } = world.sandbox
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const sent = await fetch(`${url}/v1/Tollfree/Verifications`, {
    method: 'POST',
    headers: { Authorization: authorization },
    body: form,
  })
  expect(sent.status).toBe(201)
  await refreshSmsStatus(world.app)
  expect(await world.ledger()).toMatchObject([{ sms_status: 'pending' }])
  await world.sandbox.advance(4 * 24 * 60 * MINUTE_MS)
  await refreshSmsStatus(world.app)
  expect(await world.ledger()).toMatchObject([{ sms_status: 'active' }])
})
