import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/DATABASE.md', import.meta.url)), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'xswarm-documentation-'))
let database: OpenedDatabase
let tables: string[] = []

beforeAll(async () => {
  database = await openDatabase({ url: `file:${join(folder, 'documented.db')}`, migrate: true })
  const rows = await database.read({
    sql: `SELECT name FROM sqlite_schema WHERE type = 'table'
      AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'user\\_search\\_%' ESCAPE '\\' ORDER BY name`,
    args: [],
  })
  tables = rows.map(({ name }) => String(name))
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

/** The text below a table's heading, up to the next heading. */
function sectionOf(table: string): string | undefined {
  return page.match(new RegExp(`^### ${table}$([\\s\\S]*?)(?=^##|$(?![\\s\\S]))`, 'm'))?.[1]
}

describe('docs/DATABASE.md', () => {
  it('documents every table', () => {
    expect(tables).toContain('users')
    expect(tables.filter((table) => sectionOf(table) === undefined)).toEqual([])
  })

  it('documents every column', async () => {
    const missing: string[] = []
    for (const table of tables) {
      const columns = await database.read({ sql: 'SELECT name FROM pragma_table_xinfo(?)', args: [table] })
      const hidden = table === 'user_search' ? ['user_search', 'rank'] : []
      for (const { name } of columns) {
        if (hidden.includes(String(name))) continue
        if (!sectionOf(table)?.includes(`\`${name}\``)) missing.push(`${table}.${name}`)
      }
    }
    expect(missing).toEqual([])
  })

  it('documents no table that is not there', () => {
    const documented = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name)
    expect(documented.filter((name) => !tables.includes(name))).toEqual([])
  })
})
