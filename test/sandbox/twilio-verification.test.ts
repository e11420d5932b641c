import { describe, expect, it } from 'vitest'
import { faultOf, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const PHONE = '+18005550142'
const DAY = 86_400_000

const complete = {
  businessName: 'xSwarm',
  businessWebsite: 'https://example.com',
  notificationEmail: 'ops@example.com',
  useCaseCategories: ['CUSTOMER_CARE', 'ACCOUNT_NOTIFICATIONS'],
  useCaseSummary: 'An assistant answers its owner',
  productionMessageSample: 'Your table is booked',
  optInImageUrls: ['https://example.com/opt-in.png'],
  optInType: 'WEB_FORM' as const,
  messageVolume: '100',
  businessRegistrationNumber: '000000000',
  externalReferenceId: 'job-1',
}

async function submit(more: object = {}) {
  const { sid } = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE })
  const tollfreePhoneNumberSid = sid
  return await stage.client.messaging.v1.tollfreeVerifications.create({
    ...complete,
    tollfreePhoneNumberSid,
    ...more,
  })
}

describe('a toll-free verification', () => {
  it('echoes what was sent, waits for review, and is approved by the clock', async () => {
    const created = await submit()
    expect(created).toMatchObject({
      status: 'PENDING_REVIEW',
      businessName: 'xSwarm',
      useCaseCategories: ['CUSTOMER_CARE', 'ACCOUNT_NOTIFICATIONS'],
      externalReferenceId: 'job-1',
      tollfreePhoneNumber: PHONE,
      dateCreated: new Date(stage.clock.now()),
      rejectionReason: null,
    })
    expect(created.sid).toMatch(/^HH[0-9a-f]{32}$/)
    const status = async () =>
      (await stage.client.messaging.v1.tollfreeVerifications(created.sid).fetch()).status
    stage.clock.pass(DAY)
    expect(await status()).toBe('IN_REVIEW')
    await stage.sandbox.advance(2 * DAY)
    expect(await status()).toBe('TWILIO_APPROVED')
  })

  it('can be rejected by control, edited for seven days, and reviewed anew', async () => {
    const { sid } = await submit()
    const verification = stage.client.messaging.v1.tollfreeVerifications(sid)
    expect(await faultOf(verification.update({ optInType: 'VIA_TEXT' }))).toMatchObject({ status: 400 })
    await decide({ sid, status: 'TWILIO_REJECTED', reason: 'No opt-in to be seen' })
    expect(await verification.fetch()).toMatchObject({
      status: 'TWILIO_REJECTED',
      rejectionReason: 'No opt-in to be seen',
      editAllowed: true,
      editExpiration: new Date(stage.clock.now() + 7 * DAY),
    })
    const edited = await verification.update({ optInType: 'VIA_TEXT', editReason: 'Better picture' })
    expect(edited).toMatchObject({ status: 'PENDING_REVIEW', optInType: 'VIA_TEXT', businessName: 'xSwarm' })
    await decide({ sid, status: 'TWILIO_REJECTED' })
    await stage.sandbox.advance(7 * DAY)
    expect((await verification.fetch()).editAllowed).toBe(false)
    expect(await faultOf(verification.update({ optInType: 'WEB_FORM' }))).toMatchObject({ status: 400 })
  })

  it('may be approved by control at once, found by phone number, and is settled then', async () => {
    const { sid } = await submit()
    await decide({ phone_number: PHONE, status: 'TWILIO_APPROVED' })
    const verification = stage.client.messaging.v1.tollfreeVerifications(sid)
    expect((await verification.fetch()).status).toBe('TWILIO_APPROVED')
    expect(await faultOf(verification.update({ optInType: 'VIA_TEXT' }))).toMatchObject({ status: 400 })
  })

  it('is listed with filters and pages, and gone when deleted or when its number is', async () => {
    const { messaging } = stage.client
    const first = await submit()
    const other = await stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
    const second = await messaging.v1.tollfreeVerifications.create({
      ...complete,
      externalReferenceId: 'job-2',
      tollfreePhoneNumberSid: other.sid,
    })
    const { tollfreeVerifications } = messaging.v1
    const sids = async (filter: object) => (await tollfreeVerifications.list(filter)).map(({ sid }) => sid)
    expect(await sids({ pageSize: 1 })).toEqual([second.sid, first.sid])
    expect(await sids({ externalReferenceId: 'job-1' })).toEqual([first.sid])
    expect(await sids({ tollfreePhoneNumberSid: other.sid })).toEqual([second.sid])
    expect(await sids({ status: 'TWILIO_APPROVED' })).toEqual([])
    expect(await tollfreeVerifications(first.sid).remove()).toBe(true)
    await stage.client.incomingPhoneNumbers(other.sid).remove()
    expect(await sids({})).toEqual([])
    expect(await faultOf(tollfreeVerifications(first.sid).fetch())).toMatchObject({
      status: 404,
      code: 20404,
    })
  })

  it('is refused without what Twilio requires, for a number of somebody else, and twice', async () => {
    const { tollfreeVerifications } = stage.client.messaging.v1
    const stranger = { ...complete, tollfreePhoneNumberSid: `PN${'0'.repeat(32)}` }
    expect(await faultOf(tollfreeVerifications.create(stranger))).toMatchObject({ status: 400, code: 20001 })
    const { sid } = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE })
    const { businessRegistrationNumber: _left, ...unregistered } = {
      ...complete,
      tollfreePhoneNumberSid: sid,
    }
    const missing = await faultOf(tollfreeVerifications.create(unregistered))
    expect(missing.message).toBe('Missing required parameter BusinessRegistrationNumber in the post body')
    await tollfreeVerifications.create({ ...unregistered, businessType: 'SOLE_PROPRIETOR' })
    const twice = tollfreeVerifications.create({ ...complete, tollfreePhoneNumberSid: sid })
    expect(await faultOf(twice)).toMatchObject({ status: 400, code: 20001 })
    expect(stage.sandbox.warnings()).toEqual([])
  })
})

async function decide(decision: Record<string, string>): Promise<void> {
  const answer = await fetch(`${stage.sandbox.url}/_sandbox/verification`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(decision),
  })
  expect(answer.status).toBe(200)
}
