import { SECRET_NAMES, type SecretName } from '../domain/secrets.ts'
import { suggest } from '../domain/suggest.ts'
import type { EnvEntry } from './env-file.ts'
import { type ConfigFault, displayName } from './fault.ts'
import { SETTING_PATHS } from './keys.ts'
import { findSecret, secretNamedBy } from './secret-shapes.ts'

/** Variables of the process that xswarm reads and that are neither secrets nor settings. */
const PROCESS_VARIABLES = [
  'XSWARM_CONFIG',
  'XSWARM_ENVIRONMENT',
  'XSWARM_SERVER',
  'XSWARM_TOKEN',
  'XSWARM_DEBUG',
] as const

export interface EnvFindings {
  readonly faults: readonly ConfigFault[]
  readonly warnings: readonly string[]
}

/**
 * The other side of the firewall: settings that stand in `.env`, each with the section it belongs in. A variable
 * that is none of ours is only named in a warning, for `.env` may serve other programs too.
 */
export function checkEnvEntries(entries: readonly EnvEntry[], file: string): EnvFindings {
  const faults: ConfigFault[] = []
  const warnings: string[] = []
  for (const entry of entries) {
    const { name, line, column } = entry
    const message = faultOf(entry)
    if (message !== undefined)
      faults.push({ file, line, column, key: name, message: `${displayName(name)} ${message}` })
    else if (!isSecretName(name))
      warnings.push(`${file}:${line} ${displayName(name)} is not read by xswarm${hint(entry)}`)
  }
  return { faults, warnings }
}

/** Unknown variables of the process under our prefix. Others are none of our business. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known: readonly string[] = [...SECRET_NAMES, ...PROCESS_VARIABLES]
  return Object.keys(env)
    .filter((name) => name.startsWith('XSWARM_') && !known.includes(name) && env[name] !== undefined)
    .map(
      (name) => `unknown variable ${displayName(name)} in the process environment${suggestion(name, known)}`,
    )
}

function faultOf({ name, value }: EnvEntry): string | undefined {
  if (isSecretName(name)) {
    const setting = value === '' ? undefined : settingByValue(value)
    return setting && `holds no secret - move this value to ${inConfig(setting)}, and put the secret here`
  }
  if (name === 'XSWARM_CONFIG')
    return 'names this very folder - set it in the process environment, or use --config'
  // Something with a password in it stays here, whatever it is called: only the name is unknown to us.
  if (value === '' || findSecret(value, { path: [name], siblings: [] })) return undefined
  const setting = settingByName(name) ?? settingByValue(value)
  return setting && `is not a secret - move it to ${inConfig(setting)}`
}

type Setting = readonly string[]

function inConfig(setting: Setting): string {
  if (setting.length === 1) return `${setting[0]} at the top of config.toml`
  // A price by its value could be any of them.
  const section = setting.slice(0, -1).join('.')
  const key = setting.at(-1)
  return key === '' ? `[${section}] in config.toml` : `${key} under [${section}] in config.toml`
}

function settingByValue(value: string): Setting | undefined {
  if (/^pk_(test|live)_/.test(value)) return ['stripe', 'publishable_key']
  if (/^price_\w+$/.test(value)) return ['stripe', 'prices', '']
  if (/^AC[0-9a-f]{32}$/.test(value)) return ['twilio', 'account_sid']
  if (/^libsql:\/\/[^\s@?]+$/.test(value)) return ['database', 'url']
  return undefined
}

const OTHER_NAMES: Readonly<Record<string, Setting>> = {
  TURSO_DATABASE_URL: ['database', 'url'],
  TURSO_URL: ['database', 'url'],
  LIBSQL_URL: ['database', 'url'],
  HOST: ['server', 'host'],
  PORT: ['server', 'port'],
  XSWARM_ENVIRONMENT: ['environment'],
}

function settingByName(name: string): Setting | undefined {
  return SETTINGS_BY_NAME.get(name.toUpperCase())
}

/** `STRIPE_PRICES_PREMIUM`, `STRIPE_PRICE_PREMIUM`, `XSWARM_SERVER_PORT`, and `VOICE_ENABLED` where it is unique. */
const SETTINGS_BY_NAME: ReadonlyMap<string, Setting> = namedSettings()

function namedSettings(): Map<string, Setting> {
  const names = new Map<string, Setting>(Object.entries(OTHER_NAMES))
  for (const path of SETTING_PATHS) {
    const last = path.at(-1) ?? ''
    const isUnique = SETTING_PATHS.filter((other) => other.at(-1) === last).length === 1
    const full = path.join('_')
    const spellings = [full, full.replace('prices_', 'price_'), full.replace('prices_', 'price_id_')]
    if (isUnique && last.includes('_')) spellings.push(last)
    if (path[1] === 'prices') spellings.push(`stripe_${last}_price`, `stripe_${last}_price_id`)
    for (const spelling of spellings) {
      // ENVIRONMENT alone is a name that many programs use.
      if (spelling.includes('_')) names.set(spelling.toUpperCase(), path)
      names.set(`XSWARM_${spelling.toUpperCase()}`, path)
    }
  }
  return names
}

function hint({ name, value }: EnvEntry): string {
  const kind = findSecret(value)
  const meant = kind?.env ?? secretNamedBy([name])
  if (meant) return ` - did you mean ${meant}?`
  if (isSettingLike(value)) return ' and holds no secret - settings of xswarm go into config.toml'
  return suggestion(name, SECRET_NAMES)
}

function isSettingLike(value: string): boolean {
  return /^(true|false|yes|no|on|off|https?:\/\/[^\s@?]+|[^\s@:/]+@[^\s@:/]+\.[a-z]+)$/i.test(value)
}

function suggestion(name: string, known: readonly string[]): string {
  const near = suggest(name, known)
  return near ? ` - did you mean ${near}?` : ''
}

function isSecretName(name: string): name is SecretName {
  return (SECRET_NAMES as readonly string[]).includes(name)
}
