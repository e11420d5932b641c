import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lookalikeOf } from '../../src/domain/reserved-addresses.ts'
import { createTestApp } from '../app.ts'

it('the rule and the generated column of the ledger fold every address alike', async () => {
  const { app, sql, close } = await createTestApp()
  const text = fc.stringMatching(/^[a-z0-9._@rnvil150-]{1,40}$/)
  const addresses = [
    ...new Set(fc.sample(text, { numRuns: 600, seed: 1 })),
    'rn.rn@vv.vv',
    'r.n@v-v',
    'rrnn',
    'vvvv',
    'i1l0o5s',
  ]
  const byLook = new Map(addresses.map((address) => [lookalikeOf(address), address]))
  const statements = [...byLook.values()].map((address) => ({
    sql: 'INSERT INTO assigned_addresses (address, user_id) VALUES (?, ?)',
    args: [address, 'somebody'],
  }))
  // Looks that differ for the rule must differ for the database too, or this is refused.
  expect(await app.database.write({ statements })).toMatchObject({ outcome: 'done' })
  const rows = await sql('SELECT address, lookalike FROM assigned_addresses')
  expect(rows.length).toBe(byLook.size)
  for (const row of rows) expect(row.lookalike).toBe(lookalikeOf(String(row.address)))
  await close()
})
