import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** What each area may import: areas of ours, then npm packages. `lazily` holds for `await import()` only. */
const rules: Record<string, { areas: string[]; packages: string[]; lazily?: string[] }> = {
  domain: { areas: ['domain'], packages: ['libphonenumber-js'] },
  actions: { areas: ['actions-none', 'domain'], packages: [] },
  database: { areas: ['database', 'domain'], packages: ['libsql', '@libsql/hrana-client'] },
  adapters: { areas: ['adapters', 'domain'], packages: ['nodemailer', 'pino', 'stripe', 'twilio'] },
  config: { areas: ['config', 'domain'], packages: ['zod', 'smol-toml', 'toml-eslint-parser'] },
  worker: { areas: ['worker', 'actions', 'domain'], packages: [] },
  http: {
    areas: ['http', 'web', 'actions', 'domain'],
    packages: ['hono', '@hono/node-server', 'zod', 'prom-client'],
  },
  web: { areas: ['http', 'web', 'actions', 'domain'], packages: ['hono'] },
  cli: {
    areas: ['cli', 'config', 'domain'],
    packages: ['commander'],
    lazily: ['app.ts', 'main.ts', 'actions', 'database', 'adapters', 'sandbox'],
  },
  sandbox: { areas: ['sandbox', 'domain'], packages: ['hono', '@hono/node-server'] },
}
const wiring = ['app.ts', 'main.ts', 'index.ts']

interface Import {
  readonly file: string
  readonly area: string
  readonly target: string
  readonly lazy: boolean
  readonly local: boolean
}

/** Statements begin their line, as Biome formats them; what a text or template says between quotes is no statement. */
const STATEMENT =
  /^(?:import\s+(?:(?:type\s+)?[\w$*{},\s]+?\s+from\s+)?|export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)\s+from\s+)(['"])([^'"\n]+)\1/gm
/** A specifier that is computed is taken as written, so that no rule allows it. */
const CALL = /(?<![\w$.'"`])import\(\s*(?:(['"])([^'"\n]+)\1|([^)]*))/g

const imports = listImports()

describe('what counts as an import', () => {
  it.each([
    ["import { a } from './a.ts'", ['./a.ts']],
    ["import {\n  a,\n  type B,\n} from './a.ts'", ['./a.ts']],
    ["import type { A } from './a.ts'\nimport * as b from 'b'\nimport './c.ts'", ['./a.ts', 'b', './c.ts']],
    [
      "export { a } from './a.ts'\nexport * from './b.ts'\nexport type { C } from './c.ts'",
      ['./a.ts', './b.ts', './c.ts'],
    ],
    ['import { a } from "./a.ts"', ['./a.ts']],
    ["  const { a } = await import('./a.ts')", ['lazy ./a.ts']],
    ["  await Promise.all([import('./a.ts'), import(\n    './b.ts'\n  )])", ['lazy ./a.ts', 'lazy ./b.ts']],
    ['  await import(path)', ['lazy path']],
    ["const text = 'a mail from ' + name + ' and from '", []],
    ["  const page = `copied from 'here' or import 'x'`", []],
    ["  // import { a } from './a.ts'\n  /** import('./b.ts') */\n   * from './c.ts'", []],
    ["export const a = 1\nexport function b() {\n  return { from: 'x' }\n}", []],
  ])('%j', (text, found) => {
    expect(specifiersOf(text).map(({ specifier, lazy }) => (lazy ? `lazy ${specifier}` : specifier))).toEqual(
      found,
    )
  })
})

describe('the import table of ARCHITECTURE.md', () => {
  it('sees the whole source', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  for (const [area, rule] of Object.entries(rules)) {
    it(`${area} imports only what it may`, () => {
      const broken = imports
        .filter((one) => one.area === area)
        .filter((one) => !isAllowed(one, rule))
        .map((one) => `${one.file} imports ${one.target}`)
      expect(broken).toEqual([])
    })
  }

  it('every folder of src has a rule', () => {
    const areas = readdirSync(source, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
    expect(areas.filter((area) => rules[area] === undefined)).toEqual([])
  })

  it('nothing inside imports the public face', () => {
    expect(imports.filter((one) => one.local && one.target === 'index.ts').map((one) => one.file)).toEqual([])
  })

  it('an action never imports an action', () => {
    expect(
      imports.filter((one) => one.area === 'actions' && one.target === 'actions').map((one) => one.file),
    ).toEqual([])
  })
})

it('the list of decisions names each one by its number', () => {
  const folder = fileURLToPath(new URL('../docs/decisions', import.meta.url))
  const list = readFileSync(join(folder, 'README.md'), 'utf8')
  const pages = readdirSync(folder).filter((name) => /^\d/.test(name))
  expect(pages.length).toBeGreaterThan(0)
  expect(pages.filter((name) => !list.includes(`[${name.slice(0, 4)}](${name})`))).toEqual([])
})

function isAllowed(one: Import, rule: (typeof rules)[string]): boolean {
  if (one.target.startsWith('node:')) return one.area !== 'domain' || isPure(one)
  if (!one.local) return rule.packages.includes(one.target)
  return rule.areas.includes(one.target) || (one.lazy && (rule.lazily ?? []).includes(one.target))
}

/** Hashing and parsing compute and nothing else; only one file of the domain hashes. */
function isPure(one: Import): boolean {
  return (
    one.target === 'node:url' || (one.target === 'node:crypto' && one.file === join('domain', 'digests.ts'))
  )
}

function listImports(): Import[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .flatMap((entry) => importsOf(join(entry.parentPath, entry.name)))
}

function importsOf(path: string): Import[] {
  const file = relative(source, path)
  const [first = ''] = file.split(sep)
  const area = wiring.includes(first) ? 'wiring' : first
  return specifiersOf(readFileSync(path, 'utf8')).map(({ specifier, lazy }) => ({
    file,
    area,
    lazy,
    local: specifier.startsWith('.'),
    target: specifier.startsWith('.') ? areaOf(path, specifier) : packageOf(specifier),
  }))
}

function specifiersOf(text: string): { specifier: string; lazy: boolean }[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  return [
    ...[...code.matchAll(STATEMENT)].map(([, , specifier = '']) => ({ specifier, lazy: false })),
    ...[...code.matchAll(CALL)].map(([, , literal, computed = '']) => ({
      specifier: literal ?? computed,
      lazy: true,
    })),
  ]
}

function areaOf(path: string, specifier: string): string {
  const [first = ''] = relative(source, resolve(dirname(path), specifier)).split(sep)
  return first
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
