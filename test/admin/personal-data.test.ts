import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NOT_PERSONAL, PERSONAL_TABLES } from '../../src/database/personal-tables.ts'
import { createTestService, type TestService } from '../sign-in/people.ts'

let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

describe('the list of personal data', () => {
  it('knows every table that names people', async () => {
    const named =
      await parts.sql(`SELECT DISTINCT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
      WHERE m.type = 'table' AND (c.name IN ('user_id', 'email', 'phone', 'xswarm_email', 'xswarm_phone', 'address')
        OR c.name LIKE '%\\_email' ESCAPE '\\' OR c.name LIKE '%\\_phone' ESCAPE '\\')`)
    const known = new Set([...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(NOT_PERSONAL)])
    expect(named.length).toBeGreaterThan(8)
    // A new table? Say in src/database/personal-tables.ts what an export takes from it, or why nothing.
    expect(named.map(({ name }) => name).filter((name) => !known.has(String(name)))).toEqual([])
  })

  it('finds the rows of a person in every table by an index', async () => {
    for (const { table, where } of PERSONAL_TABLES) {
      const [step] = await parts.database.read({
        sql: `EXPLAIN QUERY PLAN SELECT 1 FROM ${table} WHERE ${where}`,
        args: ['x'],
      })
      expect(String(step?.detail), table).toMatch(/^SEARCH /)
    }
  })
})
