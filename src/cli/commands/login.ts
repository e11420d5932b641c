import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Keychain } from '../../domain/credentials.ts'
import { DEVICE_GRANT_TYPE, POLL_INTERVAL_S, SLOW_DOWN_S } from '../../domain/device-grants.ts'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { type CredentialStore, openCredentials, parseServer, WITHOUT_TERMINAL } from '../credentials.ts'
import { UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { readProject } from '../project.ts'
import { printable, type Report } from '../report.ts'
import { askServer, callServer, type ServerAccess, type ServerAnswer } from '../server-client.ts'

export interface LoginOptions extends GlobalOptions {
  /** The address of the server. */
  readonly server?: string
}

/** What a test replaces: where the credential goes, and waiting. */
export interface LoginWorld {
  readonly keychain?: Keychain
  wait(ms: number): Promise<unknown>
}

const CLIENT_ID = 'xswarm-cli'

export const defineLogin: Define = (login, act) => {
  login
    .option(
      '--server <url>',
      'the server to sign in to (default: XSWARM_SERVER, the last one, or the project’s)',
    )
    .addHelpText('after', `\n${WITHOUT_TERMINAL}`)
    .action((options: LoginOptions) =>
      act((globals, io) => signInDevice({ ...globals, ...options }, io, { wait: (ms) => sleep(ms) })),
    )
}

/** Signs this device in: shows a code, waits until a person approved it in a browser, keeps the credential. */
export async function signInDevice(options: LoginOptions, io: Io, world: LoginWorld): Promise<Report> {
  if ((io.env.XSWARM_TOKEN ?? '') !== '')
    throw new UsageError('XSWARM_TOKEN is set and wins over every login', 'Unset it first.')
  if (!io.interactive) throw new UsageError('there is no terminal to sign in at', WITHOUT_TERMINAL)
  const credentials = await openCredentials(io, world.keychain)
  const server = await chooseServer(options, credentials, io)
  const earlier = await findEarlier(credentials, server)
  const token = await authorise({ server }, io, world)
  const { body } = await callServer({ server, token }, '/api/me')
  const email = textOf(body, 'email')
  const saved = await credentials.save({ server, token })
  await endEarlier(earlier)
  return {
    text: `Signed in to ${printable(server)} as ${printable(email)}. The credential is in ${printable(saved.shown)}.`,
    document: { server, email, credential: saved.place },
  }
}

async function chooseServer(options: LoginOptions, credentials: CredentialStore, io: Io): Promise<string> {
  if (options.server !== undefined) return parseServer(options.server)
  const named = (io.env.XSWARM_SERVER ?? '').trim()
  if (named !== '') return parseServer(named, 'XSWARM_SERVER')
  const last = credentials.currentServer()
  if (last !== undefined) return last
  const { config } = await readProject(options, io)
  return parseServer(config.server.public_url, 'server.public_url')
}

/** RFC 8628 from the device's side. */
async function authorise(access: ServerAccess, io: Io, world: LoginWorld): Promise<string> {
  const asked = await callServer(access, '/api/auth/device', {
    method: 'POST',
    form: { client_id: CLIENT_ID, device_name: `xswarm on ${hostname()}` },
  })
  const device_code = textOf(asked.body, 'device_code')
  io.say(
    `Open this page and sign in:  ${io.paint.strong(printable(textOf(asked.body, 'verification_uri_complete')))}`,
  )
  io.say(
    `Approve the device there if it shows  ${io.paint.strong(printable(textOf(asked.body, 'user_code')))}`,
  )
  io.say(io.paint.faint('Waiting …'))
  let seconds = numberOf(asked.body, 'interval') ?? POLL_INTERVAL_S
  const questionsMax = Math.ceil((numberOf(asked.body, 'expires_in') ?? 600) / seconds) + 1
  for (let question = 1; question <= questionsMax; question += 1) {
    await world.wait(seconds * 1000)
    const answer = await poll(access, device_code)
    if (answer?.status === 200) return textOf(answer.body, 'access_token')
    const error = answer === undefined ? 'authorization_pending' : errorOf(answer)
    if (error === 'slow_down') seconds += SLOW_DOWN_S
    else if (error !== 'authorization_pending') throw refusalFor(error, access.server)
  }
  throw refusalFor('expired_token', access.server)
}

/** Undefined when the network was away for a moment: the person in the browser may still decide. */
async function poll(access: ServerAccess, device_code: string): Promise<ServerAnswer | undefined> {
  const form = { grant_type: DEVICE_GRANT_TYPE, device_code, client_id: CLIENT_ID }
  try {
    const answer = await askServer(access, '/api/auth/token', { method: 'POST', form })
    return answer.status >= 500 || answer.status === 429 ? undefined : answer
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined
    throw error
  }
}

function errorOf({ body }: ServerAnswer): string {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof error === 'string' ? error : 'unknown'
}

function refusalFor(error: string, server: string): AppError {
  if (error === 'access_denied')
    return new AppError('forbidden', 'The device was turned away in the browser.')
  if (error === 'expired_token')
    return new AppError('conflict', 'Nobody approved the device in time. Run xswarm login again.')
  return new AppError('conflict', `The server ${server} refused the sign-in (${printable(error)}).`)
}

/** The session that this login replaces. A keychain that does not answer hides it, which is no reason not to sign in. */
async function findEarlier(credentials: CredentialStore, server: string): Promise<ServerAccess | undefined> {
  try {
    return await credentials.find(server)
  } catch (error) {
    if (error instanceof AppError && error.code === 'misconfigured') return undefined
    throw error
  }
}

/** Nobody can use it any more: its token was overwritten. When the server is away now, it ends by itself later. */
async function endEarlier(earlier: ServerAccess | undefined): Promise<void> {
  if (earlier === undefined) return
  try {
    await askServer(earlier, '/api/auth/sessions/current', { method: 'DELETE' })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
}

function textOf(body: unknown, key: string): string {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, key) : undefined
  if (typeof value === 'string') return value
  throw new AppError('conflict', 'What answered there is no xSwarm server. Check the address.')
}

function numberOf(body: unknown, key: string): number | undefined {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, key) : undefined
  return typeof value === 'number' && value > 0 && value < 86_400 ? value : undefined
}
