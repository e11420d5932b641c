import { describe, expect, test } from 'vitest'
import { createJobQueries } from '../../src/database/jobs.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import type { ClaimedJob } from '../../src/domain/jobs.ts'
import type { Statement } from '../../src/domain/ports.ts'
import { MODES } from '../database/modes.ts'

describe('the cost of the queue', () => {
  test('neither claiming nor listing dead letters reads a finished row', async () => {
    const [local] = MODES
    const place = await (local as (typeof MODES)[number]).create()
    try {
      const opened = await place.open()
      const seen: Statement[] = []
      const spy = {
        ...opened,
        read: async (query: Statement) => keep(query),
        readFirst: async (query: Statement) => keep(query)[0],
        write: async ({ statements }: { statements: readonly Statement[] }) => {
          for (const statement of statements) keep(statement)
          return { outcome: 'done', rows: [[]], replayed: false } as const
        },
      } as unknown as OpenedDatabase
      const keep = (query: Statement) => {
        seen.push(query)
        return []
      }
      const jobs = createJobQueries(spy, { now: () => 0 })
      const job = { id: 1, fence: 1, wanted: 1 } as ClaimedJob
      await jobs.claim('a', 1, 1)
      await jobs.nextDueAt()
      await jobs.heartbeat([job], 1)
      await jobs.finish(job)
      await jobs.fail(job, '')
      await jobs.retryLater(job, 1, '')
      await jobs.list({ state: 'failed', limit: 1 })
      await jobs.listForUser('u', 1)
      keep(jobs.forgetOld())
      for (const query of [...seen]) {
        const plan = await opened.read({ sql: `EXPLAIN QUERY PLAN ${query.sql}`, args: query.args })
        const scans = plan
          .map((row) => String(row.detail))
          .filter((line) => /^SCAN jobs\b|rowid[<>]/.test(line))
        expect(scans, query.sql).toEqual([])
      }
      expect(seen.length).toBe(10)
    } finally {
      await place.remove()
    }
  })
})
