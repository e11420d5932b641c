import { describe, expect, it } from 'vitest'
import { ACCOUNT, clientOf, faultOf, TOKEN, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const PHONE = '+18005550142'

describe('the account', () => {
  it('says what it is', async () => {
    const account = await stage.client.api.v2010.accounts(ACCOUNT).fetch()
    expect(account).toMatchObject({ sid: ACCOUNT, status: 'active', type: 'Full', authToken: TOKEN })
    expect(account.dateCreated).toEqual(new Date(stage.clock.now()))
  })

  it('answers with the headers of Twilio', async () => {
    const { headers } = await stage.client.incomingPhoneNumbers.pageWithHttpInfo()
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'twilio-concurrent-requests': '1',
      'twilio-request-id': expect.stringMatching(/^RQ[0-9a-f]{32}$/),
    })
  })

  it('lets nobody in with another token, or at another account', async () => {
    const stranger = clientOf(stage.sandbox.url, 'another')
    expect(await faultOf(stranger.incomingPhoneNumbers.list())).toMatchObject({ status: 401, code: 20003 })
    const other = stage.client.api.v2010.accounts(`AC${'6'.repeat(32)}`)
    expect(await faultOf(other.incomingPhoneNumbers.list())).toMatchObject({ status: 404, code: 20404 })
    const bare = await fetch(`${stage.sandbox.url}/2010-04-01/Accounts/${ACCOUNT}.json`)
    expect(bare.status).toBe(401)
  })

  it('on trial holds one number only', async () => {
    await stage.sandbox.changeAccount({ type: 'Trial' })
    await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE })
    const second = stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
    expect(await faultOf(second)).toMatchObject({ status: 400, code: 21404 })
    // An update in disguise is no second number.
    await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, friendlyName: 'renamed' })
  })

  it('when suspended does nothing but say so', async () => {
    await stage.sandbox.changeAccount({ status: 'suspended' })
    expect(await faultOf(stage.client.incomingPhoneNumbers.list())).toMatchObject({ code: 20005 })
    expect((await stage.client.api.v2010.accounts(ACCOUNT).fetch()).status).toBe('suspended')
  })
})
