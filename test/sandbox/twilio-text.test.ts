import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { ACCOUNT, TOKEN, useReceiver, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const service = useReceiver()
const PHONE = '+18005550142'
const SENDER = '+15550100123'
const DAY = 86_400_000

async function own(more: object = {}, isVerified = true): Promise<void> {
  const smsUrl = `${service.url}/sms`
  const { sid } = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, smsUrl, ...more })
  if (isVerified) await verify(sid)
}

/** Hands the number in for review and waits until it is approved. */
async function verify(sid: string): Promise<void> {
  await stage.client.messaging.v1.tollfreeVerifications.create({
    ...{
      businessName: 'xSwarm',
      businessWebsite: 'https://example.com',
      notificationEmail: 'ops@example.com',
    },
    ...{ useCaseCategories: ['CUSTOMER_CARE'], useCaseSummary: 'Replies', productionMessageSample: 'Hello' },
    ...{ optInImageUrls: ['https://example.com/1.png'], optInType: 'WEB_FORM', messageVolume: '10' },
    ...{ tollfreePhoneNumberSid: sid, businessType: 'SOLE_PROPRIETOR' },
  })
  await stage.sandbox.advance(3 * DAY)
}

const text = (body: string) => stage.sandbox.text({ to: PHONE, from: SENDER, body })

function reply(words: string): { body: string } {
  const twiml = new twilio.twiml.MessagingResponse()
  twiml.message(words)
  return { body: twiml.toString() }
}

describe('a text', () => {
  it("reaches the webhook with Twilio's parameters, signed so that the SDK believes it", async () => {
    await own()
    const { messageSid, status } = await text('Crème brûlée & more = 100 %')
    const [heard] = service.heard
    if (heard === undefined) throw new Error('heard nothing')
    expect(status).toBe('received')
    expect(messageSid).toMatch(/^SM[0-9a-f]{32}$/)
    expect(heard.params).toMatchObject({
      ...{ MessageSid: messageSid, SmsSid: messageSid, SmsMessageSid: messageSid, SmsStatus: 'received' },
      ...{
        AccountSid: ACCOUNT,
        ApiVersion: '2010-04-01',
        From: SENDER,
        To: PHONE,
        NumMedia: '0',
        NumSegments: '1',
      },
      ...{ Body: 'Crème brûlée & more = 100 %', FromCountry: 'US', ToCountry: 'US' },
    })
    expect(twilio.validateRequest(TOKEN, heard.signature, heard.url, heard.params)).toBe(true)
  })

  it('counts segments as they are billed', async () => {
    await own()
    const bodies = [
      'x'.repeat(160),
      'x'.repeat(161),
      '€'.repeat(80),
      '€'.repeat(81),
      'ж'.repeat(70),
      'ж'.repeat(71),
    ]
    for (const body of bodies) await text(body)
    expect(service.heard.map(({ params }) => params.NumSegments)).toEqual(['1', '2', '1', '2', '1', '2'])
  })

  it('gets the replies of the webhook, redirected ones included, and nothing for an empty answer', async () => {
    await own()
    const twiml = new twilio.twiml.MessagingResponse()
    twiml.message('One')
    twiml.redirect('/more')
    service.answers['/sms'] = { body: twiml.toString() }
    service.answers['/more'] = reply('Two')
    expect((await text('Hello')).replies).toMatchObject([
      { body: 'One', to: SENDER, from: PHONE, status: 'delivered', segments: 1 },
      { body: 'Two', status: 'delivered' },
    ])
    service.answers['/sms'] = { body: '' }
    expect(await text('Hello')).toMatchObject({ replies: [], problems: [] })
  })

  it('tells the status callback of a reply what became of it', async () => {
    await own()
    const twiml = new twilio.twiml.MessagingResponse()
    twiml.message({ action: '/status' }, 'One')
    service.answers['/sms'] = { body: twiml.toString() }
    const { replies } = await text('Hello')
    expect(
      service.heard.slice(1).map(({ path, params }) => [path, params.MessageStatus, params.MessageSid]),
    ).toEqual([
      ['/status', 'sent', replies[0]?.messageSid],
      ['/status', 'delivered', replies[0]?.messageSid],
    ])
  })

  it('from an unverified number gets no reply through: 30032', async () => {
    await own({}, false)
    service.answers['/sms'] = reply('Hello back')
    expect((await text('Hello')).replies).toMatchObject([{ status: 'undelivered', errorCode: 30032 }])
    await verify((await stage.client.incomingPhoneNumbers.create({ areaCode: '888' })).sid)
    expect((await text('Hello')).replies).toMatchObject([{ errorCode: 30032 }])
    const abroad = await stage.sandbox.text({ to: PHONE, from: '+4915550100123', body: 'Hallo' })
    expect(abroad.replies).toMatchObject([{ status: 'delivered' }])
  })

  it('finds the fallback when the webhook fails, and nobody at a number nobody has', async () => {
    service.answers['/sms'] = { status: 500 }
    service.answers['/fallback'] = reply('We are back soon')
    await own({ smsFallbackUrl: `${service.url}/fallback` })
    const result = await text('Hello')
    expect(result.replies).toMatchObject([{ body: 'We are back soon' }])
    expect(service.heard[1]?.params).toMatchObject({ ErrorCode: '11200', Body: 'Hello' })
    const nobody = await stage.sandbox.text({ to: '+18885550100', from: SENDER, body: 'Hello' })
    expect(nobody).toMatchObject({ status: 'undelivered', webhooks: [] })
  })
})

describe('a keyword', () => {
  it('STOP is answered by the network, recorded by the webhook, and blocks every reply until START', async () => {
    service.answers['/sms'] = reply('You should not see this')
    await own()
    const stop = await text(' stop ')
    expect(stop.network).toEqual([expect.stringMatching(/^NETWORK MSG: You replied with the word "stop"/)])
    expect(service.heard[0]?.params.Body).toBe(' stop ')
    expect(stop.replies).toMatchObject([{ status: 'failed', errorCode: 21610 }])
    await stage.restart()
    expect((await text('Hello?')).replies).toMatchObject([{ errorCode: 21610 }])
    expect((await text('HELP')).network).toEqual([])
    expect(await text('YES')).toMatchObject({ network: [], replies: [{ errorCode: 21610 }] })
    const start = await text('unstop')
    expect(start.network).toEqual([expect.stringMatching(/^NETWORK MSG: You have replied "unstop"/)])
    expect(start.replies).toMatchObject([{ status: 'delivered' }])
  })

  it('HELP is answered by Twilio, and STOP PLEASE is none', async () => {
    await own()
    expect((await text('help')).network).toEqual(['Reply STOP to unsubscribe. Msg&Data Rates May Apply.'])
    expect((await text('STOP PLEASE')).network).toEqual([])
    expect((await text('unsubscribe')).network).toEqual([
      expect.stringMatching(/^You have successfully been/),
    ])
  })

  it('concerns one sender only', async () => {
    service.answers['/sms'] = reply('Hello')
    await own()
    await text('STOP')
    const other = await stage.sandbox.text({ to: PHONE, from: '+15550100124', body: 'Hi' })
    expect(other.replies).toMatchObject([{ status: 'delivered' }])
  })
})
