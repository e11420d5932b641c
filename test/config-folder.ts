import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ConfigError, type ConfigFault } from '../src/config/fault.ts'
import { type LoadedConfig, type LoadOptions, loadConfig } from '../src/config/load.ts'

/** A temporary folder with these files, gone after the test. `.env` is readable by its owner only. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content, name.startsWith('.env') ? { mode: 0o600 } : {})
  }
  return folder
}

export type Files = Readonly<Record<string, string | Uint8Array>>

/** Loads from a folder with these files, in an empty process environment. */
export function loadFrom(files: Files, options: LoadOptions = {}): LoadedConfig {
  return loadConfig({ cwd: folderWith(files), env: {}, ...options })
}

/** The faults of these files; fails the test when they load. */
export function faultsOf(files: Files, options: LoadOptions = {}): readonly ConfigFault[] {
  return refusalOf(files, options).faults
}

/** The whole error, as a person would read it. */
export function refusalOf(files: Files, options: LoadOptions = {}): ConfigError {
  try {
    loadFrom(files, options)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was loaded, without a fault')
}
