import { describe, expect, it } from 'vitest'
import { ACCOUNT, TOKEN, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()

async function buy(count: number): Promise<string[]> {
  const sids: string[] = []
  for (let index = 0; index < count; index++)
    sids.push(
      (await stage.client.incomingPhoneNumbers.create({ areaCode: '888', friendlyName: `n${index}` })).sid,
    )
  return sids
}

async function rawList(query: string): Promise<Record<string, unknown>> {
  const url = `${stage.sandbox.url}/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers.json${query}`
  const answer = await fetch(url, { headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` } })
  return (await answer.json()) as Record<string, unknown>
}

describe('lists of numbers', () => {
  it('come in pages that the SDK follows to the end, newest first, each number once', async () => {
    const sids = await buy(7)
    const found = await stage.client.incomingPhoneNumbers.list({ pageSize: 3 })
    expect(found.map(({ sid }) => sid)).toEqual([...sids].reverse())
  })

  it('say where the next and the previous page are, with the same filters', async () => {
    await buy(3)
    const first = await rawList('?PageSize=2&PhoneNumber=888')
    expect(Object.keys(first).sort()).toEqual([
      ...['end', 'first_page_uri', 'incoming_phone_numbers', 'next_page_uri', 'page', 'page_size'],
      ...['previous_page_uri', 'start', 'uri'],
    ])
    expect(first).toMatchObject({ page: 0, page_size: 2, start: 0, end: 1, previous_page_uri: null })
    const next = new URL(String(first.next_page_uri), 'http://any.example.com').searchParams
    expect(next.get('PhoneNumber')).toBe('888')
    const second = await rawList(`?${next}`)
    expect(second).toMatchObject({ page: 1, start: 2, end: 2, next_page_uri: null })
    const back = new URL(String(second.previous_page_uri), 'http://any.example.com').searchParams
    expect((await rawList(`?${back}`)).incoming_phone_numbers).toEqual(first.incoming_phone_numbers)
  })

  it('lead back page by page as they led on', async () => {
    await buy(6)
    const first = await stage.client.incomingPhoneNumbers.page({ pageSize: 2 })
    const second = await first.nextPage()
    const third = await second?.nextPage()
    expect(await third?.nextPage()).toBeUndefined()
    const back = await third?.previousPage()
    expect(back?.instances).toHaveLength(2)
    expect(back?.instances.map(({ sid }) => sid)).toEqual(second?.instances.map(({ sid }) => sid))
  })

  it('neither repeat nor hide a number when others come and go between two pages', async () => {
    const sids = await buy(6)
    const page = await stage.client.incomingPhoneNumbers.page({ pageSize: 3 })
    expect(page.instances.map(({ sid }) => sid)).toEqual([sids[5], sids[4], sids[3]])
    await buy(2)
    await stage.client.incomingPhoneNumbers(sids[3] ?? '').remove()
    await stage.client.incomingPhoneNumbers(sids[1] ?? '').remove()
    const rest = await page.nextPage()
    expect(rest?.instances.map(({ sid }) => sid)).toEqual([sids[2], sids[0]])
    expect(await rest?.nextPage()).toBeUndefined()
  })

  it('find by the whole number, by a part of it, by stars, and by the exact name only', async () => {
    const [sid] = await buy(3)
    const number = await stage.client.incomingPhoneNumbers(sid ?? '').fetch()
    const { incomingPhoneNumbers } = stage.client
    const by = async (filter: object) => (await incomingPhoneNumbers.list(filter)).map((one) => one.sid)
    expect(await by({ phoneNumber: number.phoneNumber })).toEqual([sid])
    expect(await by({ phoneNumber: `888***${number.phoneNumber.slice(-4)}` })).toEqual([sid])
    expect(await by({ phoneNumber: '888555' })).toHaveLength(3)
    expect(await by({ phoneNumber: '+18005550000' })).toEqual([])
    expect(await by({ friendlyName: 'n0' })).toEqual([sid])
    expect(await by({ friendlyName: 'n' })).toEqual([])
    expect(await by({ origin: 'hosted' })).toEqual([])
    expect(await incomingPhoneNumbers.local.list()).toEqual([])
    expect(await incomingPhoneNumbers.tollFree.list()).toHaveLength(3)
  })

  it('refuse a page size that is none and cap one that is too large', async () => {
    expect(await rawList('?PageSize=0')).toMatchObject({ code: 20001, status: 400 })
    expect(await rawList('?PageSize=5000')).toMatchObject({ page_size: 1000 })
  })
})
