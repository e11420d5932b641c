import { randomBytes } from 'node:crypto'
import type { Log } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'
import type { Secrets } from '../domain/secrets.ts'
import type { Io } from './io.ts'

/** How to reach the Twilio of a running `xswarm dev`, for it and for the commands beside it. */
export interface DevTwilio {
  readonly api_base: string
  readonly account_sid: string
  /** Opens the sandbox and signs its webhooks, and nothing else. */
  readonly auth_token: string
}

export interface DevTwilioSandbox extends DevTwilio {
  close(): Promise<void>
}

const NO_ACCOUNT = `AC${'0'.repeat(32)}`
/** Twilio's own address: naming it is how `--live` says that it is meant. */
const REAL_TWILIO = 'https://api.twilio.com'

/**
 * Starts Twilio on this machine. Its numbers are kept beside the database. Throws AppError `misconfigured` when its state is
 * unreadable.
 */
export async function startDevTwilio(
  { twilio, server }: ProjectConfig,
  databaseFile: string,
  log: Log,
): Promise<DevTwilioSandbox> {
  const { startTwilioSandbox } = await import('../sandbox/twilio/start.ts')
  const account_sid = twilio.account_sid ?? NO_ACCOUNT
  const auth_token = `sandbox_${randomBytes(16).toString('hex')}`
  const statePath = `${databaseFile}.twilio.jsonl`
  const options = { accountSid: account_sid, authToken: auth_token, statePath, log }
  // The same address each time, where it is free.
  const sandbox = await startTwilioSandbox({ ...options, port: server.port + 2 }).catch(() =>
    startTwilioSandbox(options),
  )
  return { api_base: sandbox.url, account_sid, auth_token, close: () => sandbox.close() }
}

/** The project as it is with this Twilio. Its webhooks ring here, whatever name the project has outside. */
export function withDevTwilio(config: ProjectConfig, { api_base, account_sid }: DevTwilio): ProjectConfig {
  const { fallback_url: _elsewhere, ...twilio } = config.twilio
  return { ...config, server: withinReach(config.server), twilio: { ...twilio, api_base, account_sid } }
}

function withinReach(server: ProjectConfig['server']): ProjectConfig['server'] {
  const { hostname } = new URL(server.public_url)
  const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return isHere ? server : { ...server, public_url: `http://localhost:${server.port}` }
}

/** With `--live` and a token the real account, on purpose; without a token numbers wait. */
export function withLiveTwilio(config: ProjectConfig): ProjectConfig {
  return { ...config, twilio: { ...config.twilio, api_base: REAL_TWILIO } }
}

/** For the commands beside it. */
export function noteOfTwilio(twilio: DevTwilio | undefined): { readonly twilio?: DevTwilio } {
  if (twilio === undefined) return {}
  const { api_base, account_sid, auth_token } = twilio
  return { twilio: { api_base, account_sid, auth_token } }
}

/** What `--live` means for whoever watches. */
export function sayLiveTwilio({ TWILIO_AUTH_TOKEN }: Secrets, { twilio }: ProjectConfig, io: Io): void {
  if (TWILIO_AUTH_TOKEN === undefined || twilio.account_sid === undefined) {
    io.say('Without TWILIO_AUTH_TOKEN and twilio.account_sid numbers wait: nothing is bought.')
    return
  }
  io.say(
    '--live: numbers are bought from your real Twilio account, and cost money. Calls reach this machine only when server.public_url does.',
  )
}
