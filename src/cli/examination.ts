import type { LoadedConfig } from '../config/load.ts'
import { AppError } from '../domain/errors.ts'
import type { Secrets } from '../domain/secrets.ts'
import type { GlobalOptions } from './commands.ts'
import { examineDatabase } from './database-examination.ts'
import { checkStripe } from './examine-stripe.ts'
import { checkTwilio } from './examine-twilio.ts'
import type { Io } from './io.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'FAIL'
  readonly message: string
  /** What to do about it. */
  readonly fix?: string
}

/** Everything that can be known about a project from here. Each check runs whatever the others found. */
export async function examine(
  options: GlobalOptions & { readonly offline?: boolean },
  io: Io,
): Promise<Check[]> {
  const loaded = await load(options, io)
  if ('checks' in loaded) {
    const unread = 'config.toml must be in order first'
    return [
      ...loaded.checks,
      { name: 'secrets', state: 'warn', message: `not checked: ${unread}` },
      ...(await checkGit(process.cwd())),
      { name: 'database', state: 'warn', message: `not checked: ${unread}` },
    ]
  }
  const { config, secrets } = loaded
  return [
    describeConfig(loaded),
    ...loaded.warnings.map((message): Check => ({ name: 'config', state: 'warn', message })),
    ...(await checkSecrets(loaded)),
    ...(await checkGit(loaded.folder)),
    ...(await examineDatabase(config, secrets, options.offline === true)),
    ...(await checkStripe(loaded, options.offline === true)),
    ...(await checkTwilio(loaded, options.offline === true)),
  ]
}

async function load({ config }: GlobalOptions, io: Io): Promise<LoadedConfig | { checks: Check[] }> {
  const { loadConfig } = await import('../config/load.ts')
  try {
    return loadConfig({ env: io.env, ...(config !== undefined && { path: config }) })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const fix = 'correct the file at that place'
    return {
      checks: error.message.split('\n').map((message) => ({ name: 'config', state: 'FAIL', message, fix })),
    }
  }
}

/** Where the values come from: each that was set, with the file or variable that won. */
function describeConfig({ config, files, sources }: LoadedConfig): Check {
  const found = files.length === 0 ? 'no config.toml here, so everything is a default' : files.join(', ')
  const set = Object.entries(sources.values)
    .filter(([, { layer }]) => layer === 'overlay' || layer === 'env' || layer === 'option')
    .map(([key, { name, layer }]) => `${key} from ${name ?? layer}`)
  const overlaid = set.length === 0 ? '' : `; ${set.join(', ')}`
  return { name: 'config', state: 'ok', message: `${found} (environment ${config.environment})${overlaid}` }
}

async function checkSecrets({ config, secrets, sources }: LoadedConfig): Promise<Check[]> {
  const [{ describeSources }, { missingSecrets, modeMismatches }] = await Promise.all([
    import('../config/inspect.ts'),
    import('../config/secret-rules.ts'),
  ])
  return [
    ...describeSources({ sources }).map(
      (message): Check => ({
        name: 'secret',
        state: message.includes('shadows') ? 'warn' : 'ok',
        message,
      }),
    ),
    ...missingSecrets(config, secrets).map((sentence) => failed('secrets', sentence)),
    ...modeMismatches(config, secrets).map((sentence) => failed('modes', sentence)),
    ...checkServiceToken(secrets),
  ]
}

/** The rules say in one sentence what is wrong and, behind a dash or colon, what to do. */
function failed(name: string, sentence: string): Check {
  const cut = Math.max(sentence.lastIndexOf(' - '), sentence.lastIndexOf(': '))
  if (cut === -1) return { name, state: 'FAIL', message: sentence }
  return {
    name,
    state: 'FAIL',
    message: sentence.slice(0, cut),
    fix: sentence.slice(cut).replace(/^( - |: )/, ''),
  }
}

function checkServiceToken({ XSWARM_SERVICE_TOKEN }: Secrets): Check[] {
  if (XSWARM_SERVICE_TOKEN !== undefined) return []
  return [
    {
      name: 'service-token',
      state: 'warn',
      message: 'without XSWARM_SERVICE_TOKEN no neighbouring service can use GET /api/lookup',
      fix: 'set it to a long random text when you need it',
    },
  ]
}

async function checkGit(folder: string): Promise<Check[]> {
  const { checkGitHygiene } = await import('../config/git-hygiene.ts')
  const findings = await checkGitHygiene(folder)
  return findings.map(({ check, ok, message, fix }) => ({
    name: check,
    state: ok ? 'ok' : 'FAIL',
    message,
    ...(fix !== undefined && { fix }),
  }))
}
