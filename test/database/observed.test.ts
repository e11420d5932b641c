import { describe, expect, test } from 'vitest'
import { observeWrites } from '../../src/database/observed.ts'
import { createTestApp } from '../app.ts'

describe('hearing of writes', () => {
  test('who listens hears of units that are in the database, and not of refused ones', async () => {
    const stage = await createTestApp()
    try {
      const database = observeWrites(stage.database)
      const heard: number[] = []
      const stop = database.onWrite((unit) => heard.push(unit.statements.length))
      const insert = { sql: 'INSERT INTO operations (op_id) VALUES (?)', args: ['x'] }
      await database.write({ statements: [insert] })
      await database.write({ statements: [insert] })
      stop()
      await database.write({ statements: [{ ...insert, args: ['y'] }] })
      expect(heard).toEqual([1])
    } finally {
      await stage.close()
    }
  })
})
