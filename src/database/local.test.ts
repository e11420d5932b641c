import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from './open.ts'
import type { OpenedDatabase } from './opened.ts'
import { createUserQueries } from './users.ts'

let folder: string
let database: OpenedDatabase

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xswarm-local-'))
  database = await openDatabase({ url: `file:${folder}/data/x.db`, migrate: true })
})
afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

function person(n: number) {
  return {
    id: `id-${n}`,
    email: `person${n}@example.com`,
    phone: null,
    xswarm_email: `person${n}@xswarm.ai`,
    xswarm_phone: null,
    subscription_tier: 'free' as const,
    persona: 'hal-9000',
    wake_word: 'hey hal',
    stripe_customer_id: null,
    stripe_subscription_id: null,
  }
}

test('a user that was written is found by every key', async () => {
  const users = createUserQueries(database)
  const outcome = await database.write({ statements: [users.insert(person(1))] })
  expect(outcome).toEqual({ outcome: 'done', rows: [[]], replayed: false })
  const found = await users.findByEmail('Person1@example.com')
  expect(found).toEqual({
    ...person(1),
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  })
  expect(await users.findById('id-1')).toEqual(found)
  expect(await users.findByXswarmEmail('person1@XSWARM.AI')).toEqual(found)
  expect(await users.findByXswarmPhone('+18005551001')).toBeUndefined()
  expect(await users.findRevised('id-1')).toEqual({ user: found, revision: 1 })
})

test('the folder of a new database is private, and so is its file', () => {
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  for (const name of ['x.db', 'x.db-wal', 'x.db-shm']) {
    expect(statSync(join(folder, 'data', name)).mode & 0o777).toBe(0o600)
  }
})

test('a commit is on the disk before it is acknowledged', async () => {
  expect(await database.durability()).toMatchObject({ level: 'full' })
})
