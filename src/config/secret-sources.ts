import { SECRET_NAMES, type SecretName, type Secrets } from '../domain/secrets.ts'
import { readEnvFile } from './env-file.ts'
import type { ConfigFault } from './fault.ts'
import { createSecrets } from './secrets.ts'
import { checkEnvEntries, unknownVariables } from './settings-in-env.ts'

export interface SecretSource {
  readonly layer: 'process' | '.env' | 'missing'
  /** True when `.env` holds another value, which lost. */
  readonly isShadowing: boolean
}

export type SecretSources = Readonly<Record<SecretName, SecretSource>>

export interface FoundSecrets {
  readonly secrets: Secrets
  readonly sources: SecretSources
  readonly faults: readonly ConfigFault[]
  readonly warnings: readonly string[]
  /** `.env`, when there is one. */
  readonly files: readonly string[]
}

export interface SecretsPlace {
  /** Of `.env`, absolute. */
  readonly path: string
  /** Its name in faults. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly phase: 'run' | 'build'
}

/** Takes each secret from the process environment, or else from `.env`. Set to nothing is not set. */
export function readSecrets({ path, file, env, phase }: SecretsPlace): FoundSecrets {
  const isBuild = phase === 'build'
  const envFile = isBuild ? undefined : readEnvFile(path, file)
  const entries = envFile?.entries ?? []
  const findings = checkEnvEntries(entries, file)
  const warnings = [...(envFile?.warnings ?? []), ...findings.warnings, ...unknownVariables(env)]
  const values: Partial<Record<SecretName, string>> = {}

  const sourceOf = (name: SecretName): SecretSource => {
    const fromProcess = isBuild ? '' : (env[name] ?? '').trim()
    const fromFile = (entries.findLast((entry) => entry.name === name)?.value ?? '').trim()
    const value = fromProcess || fromFile
    if (value === '') return { layer: 'missing', isShadowing: false }
    values[name] = value
    if (fromProcess === '') return { layer: '.env', isShadowing: false }
    const isShadowing = fromFile !== '' && fromFile !== fromProcess
    if (isShadowing) warnings.push(`${name} in the process environment shadows another value in ${file}`)
    return { layer: 'process', isShadowing }
  }
  // A cast because fromEntries forgets the names: SECRET_NAMES lists every one.
  const sources = Object.fromEntries(SECRET_NAMES.map((name) => [name, sourceOf(name)])) as SecretSources
  return {
    secrets: createSecrets(values),
    sources,
    faults: [...(envFile?.faults ?? []), ...findings.faults],
    warnings,
    files: envFile?.exists ? [file] : [],
  }
}
