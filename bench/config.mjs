import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../dist/index.js'

/** The config of a folder without one, with whole sections of `changes` laid over it. */
export async function projectConfig(changes = {}) {
  const empty = mkdtempSync(join(tmpdir(), 'xswarm-bench-config-'))
  try {
    const { config } = loadConfig({ cwd: empty, env: {} })
    const merged = { ...config }
    for (const [name, section] of Object.entries(changes)) merged[name] = { ...config[name], ...section }
    return merged
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
}
