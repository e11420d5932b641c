import { describe, expect, it } from 'vitest'
import { faultOf, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()

describe('searching', () => {
  it('offers toll-free numbers that nobody is called at, as many as asked for', async () => {
    const found = await stage.client.availablePhoneNumbers('US').tollFree.list({ limit: 20, pageSize: 20 })
    expect(found).toHaveLength(20)
    for (const { phoneNumber, friendlyName, addressRequirements, isoCountry, beta } of found) {
      expect(phoneNumber).toMatch(/^\+18(00|88|77|66|55|44|33)555\d{4}$/)
      expect(friendlyName).toMatch(/^\(8\d\d\) 555-\d{4}$/)
      expect({ addressRequirements, isoCountry, beta }).toEqual({
        addressRequirements: 'none',
        isoCountry: 'US',
        beta: false,
      })
    }
  })

  it('answers fifty without a word about how many, and at most a thousand', async () => {
    const { tollFree } = stage.client.availablePhoneNumbers('CA')
    expect((await tollFree.page()).instances).toHaveLength(50)
    const most = await tollFree.page({ pageSize: 1000 })
    expect(new Set(most.instances.map(({ phoneNumber }) => phoneNumber)).size).toBe(1000)
    expect(most.instances[0]?.isoCountry).toBe('CA')
  })

  it('narrows by area code and by a pattern of digits, letters and stars', async () => {
    const { tollFree } = stage.client.availablePhoneNumbers('US')
    const byArea = await tollFree.list({ areaCode: 888, limit: 5 })
    expect(byArea.every(({ phoneNumber }) => phoneNumber.startsWith('+1888'))).toBe(true)
    const byPattern = await tollFree.list({ contains: '844*KKK01', limit: 5 })
    expect(byPattern).not.toHaveLength(0)
    expect(byPattern.every(({ phoneNumber }) => /844\d55501/.test(phoneNumber))).toBe(true)
    const letters = await tollFree.list({ contains: 'JJJ014', limit: 5 })
    expect(letters.every(({ phoneNumber }) => phoneNumber.includes('555014'))).toBe(true)
  })

  it('finds nothing in an area code that is not toll-free, and no number that can fax', async () => {
    const { tollFree } = stage.client.availablePhoneNumbers('US')
    expect(await tollFree.list({ areaCode: 212, limit: 5 })).toEqual([])
    expect(await tollFree.list({ faxEnabled: true, limit: 5 })).toEqual([])
  })

  it('reserves nothing, and stops offering what was bought', async () => {
    const search = () => stage.client.availablePhoneNumbers('US').tollFree.list({ limit: 3 })
    const [first] = await search()
    expect((await search())[0]?.phoneNumber).toBe(first?.phoneNumber)
    await stage.client.incomingPhoneNumbers.create({ phoneNumber: first?.phoneNumber ?? '' })
    expect((await search())[0]?.phoneNumber).not.toBe(first?.phoneNumber)
  })

  it('knows no other countries and refuses what is no search', async () => {
    const elsewhere = stage.client.availablePhoneNumbers('GB').tollFree.list()
    expect(await faultOf(elsewhere)).toMatchObject({ status: 404, code: 20404 })
    const long = stage.client.availablePhoneNumbers('US').tollFree.list({ contains: '5'.repeat(17) })
    expect(await faultOf(long)).toMatchObject({ status: 400 })
  })
})
