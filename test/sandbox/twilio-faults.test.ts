import { describe, expect, it } from 'vitest'
import { clientOf, faultOf, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox({ seed: 7 })
const PHONE = '+18005550142'
const HOUR = 3_600_000

const buy = (phoneNumber = PHONE) => stage.client.incomingPhoneNumbers.create({ phoneNumber })
const owned = async () =>
  (await stage.client.incomingPhoneNumbers.list()).map(({ phoneNumber }) => phoneNumber)

describe('an answer that gets lost', () => {
  it('leaves the number bought, so that buying the very same again only finds it', async () => {
    stage.sandbox.misbehave({ lostAnswers: { on: 'buy', times: 1 } })
    const lost = await faultOf(buy())
    expect(lost.code).toBe('ECONNRESET')
    expect(lost.status).toBeUndefined()
    const [kept] = await stage.client.incomingPhoneNumbers.list()
    expect((await buy()).sid).toBe(kept?.sid)
    expect(await owned()).toEqual([PHONE])
  })

  it('leaves the number released', async () => {
    const { sid } = await buy()
    stage.sandbox.misbehave({ lostAnswers: { on: 'release', times: 1 } })
    expect((await faultOf(stage.client.incomingPhoneNumbers(sid).remove())).code).toBe('ECONNRESET')
    expect(await owned()).toEqual([])
  })

  it('leaves nothing when it was the request that got lost', async () => {
    stage.sandbox.misbehave({ lostAnswers: { on: 'buy', times: 1, effect: 'none' } })
    expect((await faultOf(buy())).code).toBe('ECONNRESET')
    expect(await owned()).toEqual([])
  })

  it('strikes a share of the requests by the same dice in every run', async () => {
    const buyMany = async () => {
      stage.sandbox.misbehave({ lostAnswers: { on: 'buy', share: 0.2 } })
      const outcomes: boolean[] = []
      for (let index = 0; index < 25; index++) {
        const purchase = stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
        outcomes.push(await purchase.then(() => true).catch(() => false))
      }
      stage.sandbox.behave()
      return outcomes
    }
    const once = await buyMany()
    expect(await owned()).toHaveLength(25)
    await stage.restart()
    expect(await buyMany()).toEqual(once)
    const lost = once.filter((answered) => !answered).length
    expect(lost).toBeGreaterThan(1)
    expect(lost).toBeLessThan(10)
  })
})

describe('a slow answer', () => {
  it('comes after the effect: a client that gave up has bought all the same', async () => {
    stage.sandbox.misbehave({ slow: { on: 'buy', ms: 60_000 } })
    const impatient = clientOf(stage.sandbox.url, undefined, 200)
    const gaveUp = await faultOf(impatient.incomingPhoneNumbers.create({ phoneNumber: PHONE }))
    expect(gaveUp.code).toBe('ECONNABORTED')
    expect(await owned()).toEqual([PHONE])
  })

  it('does not hold up the end of the sandbox, however many wait', async () => {
    const complaints: Error[] = []
    const listen = (warning: Error) => complaints.push(warning)
    process.on('warning', listen)
    stage.sandbox.misbehave({ slow: { on: 'buy', ms: 60_000 } })
    const waiting = Array.from({ length: 15 }, () =>
      stage.client.incomingPhoneNumbers.create({ areaCode: '888' }),
    )
    const outcomes = Promise.allSettled(waiting)
    while ((await stage.client.incomingPhoneNumbers.list()).length < 15) stage.clock.pass(1)
    await stage.restart()
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true)
    expect(await owned()).toHaveLength(15)
    process.off('warning', listen)
    expect(complaints).toEqual([])
  })

  it('may bring a late effect: absent when one looks, and there afterwards', async () => {
    stage.sandbox.misbehave({ slow: { on: 'buy', ms: 300, effect: 'late' } })
    const purchase = buy()
    const seenBefore = await owned()
    await purchase
    expect(seenBefore).toEqual([])
    expect(await owned()).toEqual([PHONE])
  })
})

describe('refusals on purpose', () => {
  it('a storm of 429 does nothing and ends after its times', async () => {
    stage.sandbox.misbehave({ rateLimit: { times: 2 } })
    for (const _ of [1, 2]) expect(await faultOf(buy())).toMatchObject({ status: 429, code: 20429 })
    await buy()
  })

  it('an hour of 5xx ends when the clock says so', async () => {
    stage.sandbox.misbehave({ serverErrors: { forMs: HOUR, status: 503 } })
    expect(await faultOf(buy())).toMatchObject({ status: 503, code: 20503 })
    await stage.sandbox.advance(HOUR - 1)
    expect(await faultOf(buy())).toMatchObject({ status: 503 })
    await stage.sandbox.advance(1)
    await buy()
  })

  it('a 500 may come after the effect, and a gateway answers no JSON', async () => {
    stage.sandbox.misbehave({ serverErrors: { on: 'buy', times: 1, effect: 'done' } })
    expect(await faultOf(buy())).toMatchObject({ status: 500, code: 20500 })
    expect(await owned()).toEqual([PHONE])
    stage.sandbox.misbehave({ serverErrors: { on: 'list', times: 1, status: 502 } })
    const page = await faultOf(stage.client.incomingPhoneNumbers.list())
    expect(page).toMatchObject({ status: 502 })
    expect(page.code).toBeUndefined()
  })

  it('wrong credentials, though they are right', async () => {
    stage.sandbox.misbehave({ wrongAuth: true })
    expect(await faultOf(buy())).toMatchObject({ status: 401, code: 20003 })
    stage.sandbox.misbehave({ wrongAuth: false })
    await buy()
  })

  it('no stock: nothing found and nothing sold', async () => {
    stage.sandbox.misbehave({ stockEmpty: true })
    expect(await stage.client.availablePhoneNumbers('US').tollFree.list({ limit: 5 })).toEqual([])
    expect(await faultOf(buy())).toMatchObject({ code: 21422 })
    const byArea = stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
    expect(await faultOf(byArea)).toMatchObject({ code: 21452 })
    stage.sandbox.behave()
    await buy()
  })

  it('a number stolen between search and buy stays gone, and the next one can be had', async () => {
    stage.sandbox.misbehave({ stolen: { times: 1 } })
    const [first, second] = await stage.client.availablePhoneNumbers('US').tollFree.list({ limit: 2 })
    expect(await faultOf(buy(first?.phoneNumber))).toMatchObject({ code: 21422 })
    expect(await faultOf(buy(first?.phoneNumber))).toMatchObject({ code: 21422 })
    await buy(second?.phoneNumber)
    const offered = await stage.client.availablePhoneNumbers('US').tollFree.list({ limit: 5 })
    expect(offered.map(({ phoneNumber }) => phoneNumber)).not.toContain(first?.phoneNumber)
  })
})

describe('reads that lag', () => {
  it('miss what was just bought and show what was just released, while writes know better', async () => {
    stage.sandbox.misbehave({ readLag: { ms: 10_000 } })
    const { sid } = await buy()
    expect(await owned()).toEqual([])
    expect(await faultOf(stage.client.incomingPhoneNumbers(sid).fetch())).toMatchObject({ code: 20404 })
    expect((await buy()).sid).toBe(sid)
    await stage.sandbox.advance(10_000)
    expect(await owned()).toEqual([PHONE])
    await stage.client.incomingPhoneNumbers(sid).remove()
    expect(await owned()).toEqual([PHONE])
    expect(await faultOf(stage.client.incomingPhoneNumbers(sid).remove())).toMatchObject({ code: 20404 })
    await stage.sandbox.advance(10_001)
    expect(await owned()).toEqual([])
  })

  it('can concern lists alone', async () => {
    stage.sandbox.misbehave({ readLag: { ms: 10_000, on: 'list' } })
    const { sid } = await buy()
    expect(await owned()).toEqual([])
    expect((await stage.client.incomingPhoneNumbers(sid).fetch()).phoneNumber).toBe(PHONE)
  })
})

describe('asking for a fault', () => {
  it('that does not exist changes nothing and says what there is', () => {
    const wrong = { rateLimit: true, rateLimits: true } as object
    expect(() => stage.sandbox.misbehave(wrong)).toThrow(/no misbehaviour rateLimits. There are: lostAnswers/)
    expect(stage.sandbox.faults()).toEqual([])
  })

  const mistakes: readonly [object, RegExp][] = [
    [{ slow: {} }, /slow needs ms/],
    [{ stolen: { on: 'search' } }, /stolen strikes on buy only/],
    [{ rateLimit: { share: 2 } }, /share from 0 to 1/],
    [{ serverErrors: { status: 501 } }, /500, 502 or 503/],
    [{ lostAnswers: { effect: 'half' } }, /one of done, none/],
    [{ lostAnswers: { time: 1 } }, /knows no time/],
  ]
  for (const [options, sentence] of mistakes)
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(() => stage.sandbox.misbehave(options)).toThrow(sentence)
    })
})
