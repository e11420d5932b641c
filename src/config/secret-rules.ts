import type { ProjectConfig } from '../domain/project.ts'
import type { SecretName, Secrets } from '../domain/secrets.ts'
import { isLoopback } from './shapes.ts'

/**
 * What `serve` refuses to start on and `doctor` reports: secrets that are needed and absent, and keys that do not
 * belong together. Sentences without values, all of them at once. loadConfig() asks none of this.
 */
export function missingSecrets(config: ProjectConfig, secrets: Secrets): string[] {
  if (config.environment === 'development') return []
  return neededSecrets(config)
    .filter(({ name }) => secrets[name] === undefined)
    .map(({ name, reason }) => `${name} is missing: ${reason} - set it in .env or the process environment`)
}

interface Need {
  readonly name: SecretName
  readonly reason: string
}

/** XSWARM_SERVICE_TOKEN is never needed: without it the routes that ask for it stay closed. */
function neededSecrets({ features, database, environment }: ProjectConfig): Need[] {
  const needs: Need[] = []
  const need = (isNeeded: boolean, reason: string, ...names: SecretName[]): void => {
    if (isNeeded) needs.push(...names.map((name) => ({ name, reason })))
  }
  const stripe = `features.stripe_enabled is on and this is ${environment}`
  need(features.stripe_enabled, stripe, 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET')
  const isTwilioOn = features.voice_enabled || features.sms_enabled
  const channel = features.voice_enabled ? 'features.voice_enabled' : 'features.sms_enabled'
  need(isTwilioOn, `${channel} is on and this is ${environment}`, 'TWILIO_AUTH_TOKEN')
  need(isElsewhere(database.url), 'database.url names a server', 'TURSO_AUTH_TOKEN')
  need(true, `people sign in by mail and this is ${environment}`, 'SMTP_URL')
  return needs
}

/** A server on this machine, as in tests, runs without a token. */
function isElsewhere(databaseUrl: string): boolean {
  return !databaseUrl.startsWith('file:') && !isLoopback(new URL(databaseUrl).hostname)
}

type Mode = 'test' | 'live'

/** Stripe keys of different modes, or of the wrong mode for the environment; a secret that is not what its name says. */
export function modeMismatches(config: ProjectConfig, secrets: Secrets): string[] {
  if (!config.features.stripe_enabled) return []
  const faults: string[] = []
  const secret = secrets.STRIPE_SECRET_KEY
  const secretMode = modeOf(/^[sr]k_(test|live)_/, secret)
  const publicMode = modeOf(/^pk_(test|live)_/, config.stripe.publishable_key)
  if (secret !== undefined && secretMode === undefined) {
    faults.push(
      'STRIPE_SECRET_KEY is not a Stripe secret key: it must begin with sk_test_, sk_live_, rk_test_ or rk_live_',
    )
  }
  if (secretMode !== undefined && publicMode !== undefined && secretMode !== publicMode) {
    faults.push(
      `STRIPE_SECRET_KEY is a ${secretMode} key and stripe.publishable_key a ${publicMode} key: take both from the same mode`,
    )
  }
  const used = [
    { name: 'STRIPE_SECRET_KEY', mode: secretMode },
    { name: 'stripe.publishable_key', mode: publicMode },
  ]
  const wrong: Mode | undefined = WRONG_MODE[config.environment]
  for (const { name, mode } of used) {
    if (mode !== undefined && mode === wrong) {
      faults.push(
        `${name} is a ${mode} key, but environment is ${config.environment}: use the ${OTHER[mode]} key`,
      )
    }
  }
  return faults
}

/** Staging may rehearse with either. */
const WRONG_MODE: Readonly<Record<ProjectConfig['environment'], Mode | undefined>> = {
  development: 'live',
  test: 'live',
  staging: undefined,
  production: 'test',
}

const OTHER: Readonly<Record<Mode, Mode>> = { test: 'live', live: 'test' }

function modeOf(pattern: RegExp, key: string | undefined): Mode | undefined {
  const mode = pattern.exec(key ?? '')?.[1]
  return mode === 'test' || mode === 'live' ? mode : undefined
}
