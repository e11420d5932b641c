import { segmentsOf } from './segments.ts'
import type { OwnedNumber } from './state.ts'
import type { Problem } from './twiml.ts'
import { isVerified } from './verifications.ts'
import { type Delivery, deliver } from './webhook.ts'
import type { World } from './world.ts'
import { type Element, elementsOf, rawTextOf } from './xml.ts'

/** A text under way. */
export interface Message {
  readonly world: World
  readonly number: OwnedNumber
  readonly params: Readonly<Record<string, string>>
  readonly webhooks: Delivery[]
  readonly problems: Problem[]
  fetches: number
}

/** By `to|from`. */
export function optOutKey(number: string, phone: string): string {
  return `${number}|${phone}`
}

/** A text sent back to whoever wrote. */
export interface Reply {
  readonly messageSid: string
  readonly to: string
  readonly from: string
  readonly body: string
  readonly status: 'delivered' | 'undelivered' | 'failed'
  /** 21610: the phone said STOP. 30032: the number is not verified. */
  readonly errorCode?: number
  readonly segments: number
}

const TRIAL = 'Sent from your Twilio trial account - '

/** Sends one Message of a webhook's answer, and reports what became of it to its `statusCallback` or `action`. */
export async function replyTo(
  message: Message,
  sender: string,
  verb: Element,
): Promise<{ readonly reply: Reply; readonly callbacks: readonly Delivery[] }> {
  const { world, number } = message
  const to = verb.attributes.to ?? sender
  const body = (world.account().type === 'Trial' ? TRIAL : '') + bodyOf(verb)
  const errorCode = obstacle(message, to)
  const reply: Reply = {
    messageSid: world.sid('SM'),
    to,
    from: number.phone_number,
    body,
    status: errorCode === undefined ? 'delivered' : errorCode === 21610 ? 'failed' : 'undelivered',
    segments: segmentsOf(body),
    ...(errorCode === undefined ? {} : { errorCode }),
  }
  const target = verb.attributes.statusCallback ?? verb.attributes.action
  const base = message.webhooks.at(-1)?.url
  if (target === undefined || !URL.canParse(target, base)) return { reply, callbacks: [] }
  const url = new URL(target, base).href
  const callbacks: Delivery[] = []
  for (const status of reply.status === 'failed' ? ['failed'] : ['sent', reply.status])
    callbacks.push(
      ...(await deliver(world, 'status', {
        url,
        method: 'POST',
        params: statusParams(message, reply, status),
      })),
    )
  return { reply, callbacks }
}

/** What a Message says: its Body, or the text right within it. */
function bodyOf(verb: Element): string {
  const bodies = elementsOf(verb).filter(({ name }) => name === 'Body')
  return (bodies.length === 0 ? rawTextOf(verb) : bodies.map(rawTextOf).join('')).trim()
}

function obstacle({ world, number }: Message, to: string): number | undefined {
  if (world.store.get('opt_out', optOutKey(number.phone_number, to)) !== undefined) return 21610
  // Only the carriers of the USA and Canada ask for verification.
  return to.startsWith('+1') && !isVerified(world, number.phone_number) ? 30032 : undefined
}

function statusParams({ world }: Message, reply: Reply, status: string): Record<string, string> {
  const isFinal = status === reply.status
  return {
    AccountSid: world.accountSid,
    ApiVersion: '2010-04-01',
    From: reply.from,
    To: reply.to,
    MessageSid: reply.messageSid,
    MessageStatus: status,
    SmsSid: reply.messageSid,
    SmsStatus: status,
    ...(isFinal && reply.errorCode !== undefined ? { ErrorCode: String(reply.errorCode) } : {}),
  }
}
