import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../domain/errors.ts'
import { configTemplate, ENV_TEMPLATE, IGNORED_LINES } from './templates.ts'

/** What was done to one file. */
export interface InitStep {
  readonly file: string
  readonly did: 'written' | 'kept' | 'added'
  /** The lines that were added to a file that was there. */
  readonly lines?: readonly string[]
}

/**
 * Writes `config.toml`, `.env.example` and the lines of `.gitignore` that a project needs and does not have.
 * Overwrites nothing, so it may run again. Throws AppError `misconfigured` when the folder cannot be written.
 */
export function initProject(folder: string): InitStep[] {
  try {
    mkdirSync(folder, { recursive: true })
    const installed = './node_modules/xswarm/config.schema.json'
    const schemaPath = existsSync(join(folder, installed)) ? installed : undefined
    return [
      writeNew(folder, 'config.toml', configTemplate(schemaPath)),
      writeNew(folder, '.env.example', ENV_TEMPLATE),
      addIgnoredLines(folder),
    ]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    const message = `${folder} cannot be written (${code}). Choose another folder, or change its permissions.`
    throw new AppError('misconfigured', message, { cause: error })
  }
}

function writeNew(folder: string, file: string, text: string): InitStep {
  try {
    // wx fails on anything that is there, also on a link that leads nowhere.
    writeFileSync(join(folder, file), text, { flag: 'wx' })
    return { file, did: 'written' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return { file, did: 'kept' }
    throw error
  }
}

function addIgnoredLines(folder: string): InitStep {
  const file = '.gitignore'
  const path = join(folder, file)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const present = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const lines = IGNORED_LINES.filter((line) => !present.has(line))
  if (lines.length === 0) return { file, did: 'kept' }
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  appendFileSync(path, `${separator}${lines.join('\n')}\n`)
  return text === '' ? { file, did: 'written', lines } : { file, did: 'added', lines }
}
