import { rfc2822 } from './api.ts'
import type { OwnedNumber } from './state.ts'

/** A number as Twilio answers it: exactly these 35 keys. */
export function numberJson(number: OwnedNumber, accountSid: string): Record<string, unknown> {
  const { ordinal: _order, created_at, updated_at, ...settings } = number
  return {
    ...settings,
    account_sid: accountSid,
    address_requirements: 'none',
    api_version: '2010-04-01',
    beta: false,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    date_created: rfc2822(created_at),
    date_updated: rfc2822(updated_at),
    emergency_address_status: number.emergency_address_sid === null ? 'unregistered' : 'registered',
    origin: 'twilio',
    status: 'in-use',
    type: 'tollfree',
    uri: numberUri(number.sid, accountSid),
  }
}

function numberUri(sid: string, accountSid: string): string {
  return `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`
}
