import { AppError } from '../domain/errors.ts'
import { failed, passed, type UserCheck } from '../domain/user-checks.ts'
import type { GlobalOptions } from './commands.ts'
import { findRunningDev } from './dev-state.ts'
import type { DevTwilio } from './dev-twilio.ts'
import type { Io } from './io.ts'
import { readProject } from './project.ts'
import { printable, type Report } from './report.ts'
import { askServer } from './server-client.ts'

export interface CallerOptions extends GlobalOptions {
  /** Who calls or writes; the phone of the test user unless told. */
  readonly from?: string
}

/** What a call was like, as the sandbox tells it. */
export interface HeardCall {
  readonly to: string
  readonly from: string
  readonly status: string
  readonly heard: readonly string[]
  readonly connected?: unknown
  readonly webhooks: readonly { readonly url: string; readonly status?: number; readonly body?: string }[]
  readonly problems: readonly { readonly code: number; readonly message: string }[]
}

interface SentText {
  readonly delivered?: boolean
  readonly replies?: readonly unknown[]
  readonly problems?: readonly { readonly code: number; readonly message: string }[]
}

/** Calls a number of the running dev's Twilio, and says what is heard. */
export async function callNumber(number: string, options: CallerOptions, io: Io): Promise<Report> {
  const ends = await endsOf(number, options, io)
  const call = (await control('call', ends, options, io)) as HeardCall
  const asked = call.webhooks[0]
  const lines = [
    ...call.heard.map(printable),
    ...(call.connected === undefined ? [] : [`[connected: ${printable(JSON.stringify(call.connected))}]`]),
    ...call.problems.map(({ code, message }) => `${io.paint.bad('problem')} ${code}: ${printable(message)}`),
  ]
  if (asked?.body !== undefined) io.say(io.paint.faint(printable(asked.body)))
  return { text: lines.join('\n'), document: call }
}

/** Texts a number of the running dev's Twilio. */
export async function textNumber(
  number: string,
  words: readonly string[],
  options: CallerOptions,
  io: Io,
): Promise<Report> {
  const ends = await endsOf(number, options, io)
  const text = (await control('text', { ...ends, body: words.join(' ') }, options, io)) as SentText
  const problems = (text.problems ?? []).map(({ code, message }) => `problem ${code}: ${printable(message)}`)
  return { text: ['sent', ...problems].join('\n'), document: text }
}

/** Lets Twilio's sandbox misbehave: one fault by its name, or `well`. */
export async function disturb(
  fault: string,
  options: GlobalOptions & Readonly<Record<string, unknown>>,
  io: Io,
): Promise<Report> {
  const { config: _config, json: _json, ...asked } = options
  const isWell = fault === 'well'
  const body = isWell ? {} : { [fault]: Object.keys(asked).length === 0 ? true : asked }
  const done = await control(isWell ? 'behave' : 'misbehave', body, options, io)
  return { text: isWell ? 'It behaves well.' : 'It misbehaves until told otherwise.', document: done }
}

/** A call for `xswarm test`: through the sandbox, our webhook and back. */
export async function placeTestCall(twilio: DevTwilio, to: string, from: string): Promise<UserCheck> {
  const answer = await askServer({ server: twilio.api_base }, '/_sandbox/call', {
    method: 'POST',
    body: { to, from },
  })
  const call = answer.body as Partial<HeardCall> | undefined
  const [asked] = call?.webhooks ?? []
  const heard = (call?.heard ?? []).filter((line) => !line.startsWith('['))
  if (answer.status >= 400 || asked?.status !== 200 || heard.length === 0)
    return failed('call', `It was not answered (${asked?.status ?? answer.status}): ${heard.join(' ')}`)
  return passed('call', `Called through the sandbox and heard: “${heard.join(' ')}”`)
}

/** Lets the same time pass at Twilio, where there is one: reviews go on. */
export async function advanceTwilio(span: string, globals: GlobalOptions, io: Io): Promise<void> {
  const { config } = await readProject(globals, io)
  const dev = await findRunningDev(config.database.url)
  if (dev?.twilio !== undefined) await control('advance', { by: span }, globals, io)
}

async function endsOf(
  number: string,
  options: CallerOptions,
  io: Io,
): Promise<{ readonly to: string; readonly from: string }> {
  const { config } = await readProject(options, io)
  const { parsePhone } = await import('../domain/phones.ts')
  const to = parsePhone(number, 'number')
  const from = parsePhone(options.from ?? config.test_user.phone ?? '+15550100000', 'from')
  if (to === null || from === null)
    throw new AppError('invalid', 'Give a phone number, such as +18005551001.')
  return { to, from }
}

async function control(what: string, body: unknown, globals: GlobalOptions, io: Io): Promise<unknown> {
  const { config } = await readProject(globals, io)
  const twilio = (await findRunningDev(config.database.url))?.twilio
  if (twilio === undefined)
    throw new AppError(
      'conflict',
      "No xswarm dev with Twilio's sandbox runs here. Start one with: xswarm dev",
    )
  const answer = await askServer({ server: twilio.api_base }, `/_sandbox/${what}`, {
    method: 'POST',
    body,
    timeoutMs: 120_000,
  })
  if (answer.status < 400) return answer.body
  const { detail } = (answer.body ?? {}) as { detail?: unknown }
  throw new AppError('invalid', String(detail ?? `The sandbox answered ${answer.status}.`))
}
