import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJobQueries } from '../../src/database/jobs.ts'
import { buildChildren, type Children } from '../database/children.ts'
import { MODES } from '../database/modes.ts'
import { until } from './time.ts'

let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())

describe.each(MODES)('with several processes on $name', ({ create }) => {
  test('a job whose process is killed in the middle resumes in another, and none is lost', async () => {
    const place = await create()
    try {
      const database = await place.open()
      const jobs = createJobQueries(database, { now: () => Date.now() })
      const enqueue = jobs.enqueue({ name: 'send-mail', payload: { template: 'welcome' } })
      await database.write({ statements: [enqueue, enqueue, enqueue] })
      const doomed = children.start('work-for-ever', place.url, 'doomed')
      await until(() => doomed.lines.filter((line) => line.startsWith('begun')).length === 3)

      const heir = children.start('work-for-ever', place.url, 'heir')
      await heir.line((line) => line === 'ready')
      heir.tell('finish')
      // It lives, so its jobs are its own, however long they take.
      const [before] = await jobs.list({ state: 'running', limit: 1 })
      expect(before?.leased_by).toBe('doomed')
      await doomed.kill('SIGKILL')

      await until(async () => (await jobs.list({ limit: 100 })).every((job) => job.name !== 'send-mail'))
      const resumed = heir.lines.filter((line) => line.startsWith('begun')).sort()
      expect(resumed).toEqual(['begun 1 2', 'begun 2 2', 'begun 3 2'])
      await heir.kill('SIGKILL')
    } finally {
      await place.remove()
    }
  })
})
