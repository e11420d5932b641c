import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from '../../test/config-folder.ts'
import { AppError } from '../domain/errors.ts'
import { SECRET_NAMES } from '../domain/secrets.ts'
import { parseEnvText } from './env-file.ts'
import { initProject } from './init.ts'
import { loadConfig } from './load.ts'
import { configTemplate, ENV_TEMPLATE } from './templates.ts'

const read = (...parts: string[]) => readFileSync(join(...parts), 'utf8')
const root = join(import.meta.dirname, '../..')

test('an empty folder becomes a project that loads without a fault or a warning', () => {
  const folder = join(folderWith({}), 'new/project')
  expect(initProject(folder)).toEqual([
    { file: 'config.toml', did: 'written' },
    { file: '.env.example', did: 'written' },
    { file: '.gitignore', did: 'written', lines: ['.env', '.env.*', '!.env.example', 'data/'] },
  ])
  const { config, warnings } = loadConfig({ cwd: folder, env: {} })
  expect(config.environment).toBe('development')
  expect(warnings).toEqual([])
})

test('a second run changes nothing', () => {
  const folder = folderWith({})
  initProject(folder)
  const before = ['config.toml', '.env.example', '.gitignore'].map((name) => read(folder, name))
  expect(initProject(folder).map(({ did }) => did)).toEqual(['kept', 'kept', 'kept'])
  expect(['config.toml', '.env.example', '.gitignore'].map((name) => read(folder, name))).toEqual(before)
})

test('what is there is kept, and only missing lines are added to .gitignore, on lines of their own', () => {
  const folder = folderWith({ 'config.toml': '# mine\n', '.gitignore': 'node_modules\r\n.env' })
  expect(initProject(folder)).toEqual([
    { file: 'config.toml', did: 'kept' },
    { file: '.env.example', did: 'written' },
    { file: '.gitignore', did: 'added', lines: ['.env.*', '!.env.example', 'data/'] },
  ])
  expect(read(folder, 'config.toml')).toBe('# mine\n')
  expect(read(folder, '.gitignore')).toBe('node_modules\r\n.env\n.env.*\n!.env.example\ndata/\n')
})

test('a link in the place of a file is not written through', () => {
  const folder = folderWith({})
  symlinkSync(join(folder, 'elsewhere.toml'), join(folder, 'config.toml'))
  expect(initProject(folder)[0]).toEqual({ file: 'config.toml', did: 'kept' })
})

test('a folder that cannot be written is a sentence that says so', () => {
  const folder = folderWith({ file: '' })
  expect(() => initProject(join(folder, 'file', 'project'))).toThrow(AppError)
  mkdirSync(join(folder, '.gitignore'))
  expect(() => initProject(folder)).toThrow(/cannot be written \(EISDIR\)/)
})

test('editors find the schema where the package is installed', () => {
  const folder = folderWith({ 'node_modules/xswarm/config.schema.json': '{}' })
  initProject(folder)
  expect(read(folder, 'config.toml')).toMatch(/^#:schema \.\/node_modules\/xswarm\/config\.schema\.json\n/)
})

test("the project's own config.toml and .env.example are what init writes (UPDATE=1 writes them)", () => {
  const own = configTemplate('./config.schema.json')
  if (process.env.UPDATE === '1') {
    writeFileSync(join(root, 'config.toml'), own)
    writeFileSync(join(root, '.env.example'), ENV_TEMPLATE)
  }
  expect(read(root, 'config.toml')).toBe(own)
  expect(read(root, '.env.example')).toBe(ENV_TEMPLATE)
})

test('.env.example names every secret once, explains it, and holds no value', () => {
  const { entries, warnings } = parseEnvText(ENV_TEMPLATE, '.env.example')
  expect(warnings).toEqual([])
  expect(entries.map((entry) => entry.name)).toEqual([...SECRET_NAMES])
  expect(entries.every((entry) => entry.value === '')).toBe(true)
  const lines = ENV_TEMPLATE.split('\n')
  for (const { line } of entries) expect(lines[line - 2]).toMatch(/^# \S/)
})
