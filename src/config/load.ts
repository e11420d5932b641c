import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { createPersonas } from '../domain/personas.ts'
import { ENVIRONMENTS, type Environment, type ProjectConfig } from '../domain/project.ts'
import type { Secrets } from '../domain/secrets.ts'
import { suggest } from '../domain/suggest.ts'
import { type Checked, checkDocument, valueAt } from './check.ts'
import { type ConfigDocument, mergeTables, placed, readDocument } from './document.ts'
import { ConfigError, type ConfigFault, displayKey, inOrder, NOWHERE } from './fault.ts'
import { completeProject } from './schema.ts'
import { readSecrets, type SecretSources } from './secret-sources.ts'
import { type ValueSource, type ValueSources, valueSources } from './value-sources.ts'

export interface LoadOptions {
  /** The file instead of `config.toml`, as `--config` names it. Wins over XSWARM_CONFIG. A fault when it is missing. */
  readonly path?: string
  /** The current folder. */
  readonly cwd?: string
  /** The process environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Forces the environment, over XSWARM_ENVIRONMENT and the file: `xswarm dev` is always development. */
  readonly environment?: Environment
  /** In `build` there are no secrets yet: none is read, and `.env` is not opened. */
  readonly phase?: 'run' | 'build'
}

export interface LoadedConfig {
  readonly config: ProjectConfig
  readonly secrets: Secrets
  /** Absolute path of `config.toml`, also when there is none and everything is a default. */
  readonly path: string
  /** The folder of `config.toml`: relative paths in it begin here, and `.env` is read from here. */
  readonly folder: string
  /** The files that were found and read, as named in faults: `config.toml`, its overlay, `.env`. */
  readonly files: readonly string[]
  readonly sources: { readonly values: ValueSources; readonly secrets: SecretSources }
  /** Sentences for stderr, none of them a reason to stop. */
  readonly warnings: readonly string[]
}

/**
 * Reads `config.toml`, its overlay `config.ENVIRONMENT.toml`, and the secrets from the process environment and
 * `.env` (contract section 2). Prints nothing. A secret that is missing, or of the wrong mode, is no fault here.
 * Throws ConfigError with all faults at once, each at its place and without its value.
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { cwd = process.cwd(), env = process.env, phase = 'run' } = options
  const named = options.path ?? (env.XSWARM_CONFIG || undefined)
  const path = resolve(cwd, named ?? 'config.toml')
  const folder = dirname(path)

  const base = readDocument(path, shownPath(path, cwd))
  const isLost = base === undefined && named !== undefined
  const chosen = chooseEnvironment(options.environment, env, base)
  const overlayPath = join(folder, overlayName(basename(path), chosen.environment))
  const overlay = readDocument(overlayPath, shownPath(overlayPath, cwd))
  const together = checkTogether(base, overlay)
  const envPath = join(folder, '.env')
  const found = readSecrets({ path: envPath, file: shownPath(envPath, cwd), env, phase })

  const ofPersona = personaFaults([overlay, base].filter((document) => document !== undefined))
  const faults = [
    ...(isLost ? [lost(shownPath(path, cwd))] : []),
    ...chosen.faults,
    ...inOrder([...(base?.faults ?? []), ...ofPersona.filter(({ file }) => file === base?.file)]),
    ...(overlay
      ? inOrder([
          ...overlay.faults,
          ...environmentFaults(overlay, chosen.environment),
          ...ofPersona.filter(({ file }) => file === overlay.file),
        ])
      : []),
    ...(together.kind === 'faulty' ? missingFaults(together, base, overlay) : []),
    ...found.faults,
  ]
  if (faults.length > 0 || together.kind === 'faulty') throw new ConfigError(faults)

  const config = atHome(completeProject(together.parsed, chosen.environment), folder)
  const documents = [base, overlay].filter((document) => document !== undefined)
  return {
    config,
    secrets: found.secrets,
    path,
    folder,
    files: [...documents.map((document) => document.file), ...found.files],
    sources: { values: valueSources(config, base, overlay, chosen.source), secrets: found.sources },
    warnings: found.warnings,
  }
}

/** As the person sees it from where they are: relative when it is below, absolute otherwise. */
function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path)
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown
}

/** `config.production.toml` beside `config.toml`; for `other.toml` it is `other.production.toml`. */
function overlayName(name: string, environment: Environment): string {
  return name.endsWith('.toml') ? name.replace(/toml$/, `${environment}.toml`) : `${name}.${environment}`
}

function lost(file: string): ConfigFault {
  return {
    file,
    ...NOWHERE,
    message: 'this file does not exist - name another one, or write one with xswarm init',
  }
}

interface ChosenEnvironment {
  readonly environment: Environment
  /** Undefined when the file decides. */
  readonly source: ValueSource | undefined
  readonly faults: readonly ConfigFault[]
}

function chooseEnvironment(
  forced: Environment | undefined,
  env: Readonly<Record<string, string | undefined>>,
  base: ConfigDocument | undefined,
): ChosenEnvironment {
  if (forced !== undefined) return { environment: forced, source: { layer: 'option' }, faults: [] }
  const variable = env.XSWARM_ENVIRONMENT || undefined
  const written = base?.table.environment
  const fromFile = isEnvironment(written) ? written : 'development'
  if (variable === undefined) return { environment: fromFile, source: undefined, faults: [] }
  const source = { layer: 'env', name: 'XSWARM_ENVIRONMENT' } as const
  if (isEnvironment(variable)) return { environment: variable, source, faults: [] }
  const near = suggest(variable, ENVIRONMENTS)
  const message = `XSWARM_ENVIRONMENT must be one of ${ENVIRONMENTS.join(', ')}${near ? ` - did you mean ${near}?` : ''}`
  const fault = { file: 'process environment', ...NOWHERE, key: 'XSWARM_ENVIRONMENT', message }
  return { environment: fromFile, source, faults: [fault] }
}

function isEnvironment(value: unknown): value is Environment {
  return (ENVIRONMENTS as readonly unknown[]).includes(value)
}

/** An overlay is chosen by the environment: one that names another environment contradicts its own name. */
function environmentFaults(overlay: ConfigDocument, environment: Environment): ConfigFault[] {
  const written = overlay.table.environment
  if (!isEnvironment(written) || written === environment) return []
  const message = `environment must be ${environment} here, as in the name of the file - or leave it out`
  return [placed({ path: ['environment'], message }, overlay.file, overlay.locate())]
}

function checkTogether(base: ConfigDocument | undefined, overlay: ConfigDocument | undefined): Checked {
  const only = base && overlay ? undefined : (base ?? overlay)
  if (only?.parsed) return { kind: 'sound', parsed: only.parsed }
  return checkDocument(mergeTables(base?.table ?? {}, overlay?.table ?? {}))
}

/** What is wrong with both together and with neither alone: a key that must be there and is in none of them. */
function missingFaults(
  together: Extract<Checked, { kind: 'faulty' }>,
  base: ConfigDocument | undefined,
  overlay: ConfigDocument | undefined,
): ConfigFault[] {
  return together.faults
    .filter((fault) => fault.isMissing)
    .flatMap((fault) => {
      const section = fault.path[0] ?? ''
      const document = [base, overlay].find((one) => one && Object.hasOwn(one.table, section))
      return document ? [placed(fault, document.file, document.locate())] : []
    })
}

/** The test user's persona may be one of [personas], in either file: no schema of one section can say that. */
function personaFaults(documents: readonly ConfigDocument[]): ConfigFault[] {
  const path = ['test_user', 'persona']
  const document = documents.find(({ table }) => valueAt(table, path) !== undefined)
  const persona = document && valueAt(document.table, path)
  if (document === undefined || typeof persona !== 'string') return []
  const own = documents.flatMap(({ table }) => Object.keys(valueAt(table, ['personas']) ?? {}))
  const known = [...new Set([...createPersonas({}).keys(), ...own])]
  const isTold = document.faults.some(({ key }) => key === displayKey(path))
  if (known.includes(persona) || isTold) return []
  const near = suggest(persona, known)
  const hint = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`
  const message = `${displayKey(path)} is no persona - ${hint}`
  return [placed({ path, message }, document.file, document.locate())]
}

/** Relative paths of the config begin at its folder, not at the current one. */
function atHome(config: ProjectConfig, folder: string): ProjectConfig {
  const { url } = config.database
  if (!url.startsWith('file:') || url.startsWith('file://')) return config
  return {
    ...config,
    database: { ...config.database, url: `file:${resolve(folder, url.slice('file:'.length))}` },
  }
}
