import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJobQueries, FORGOTTEN_JOBS_AT_ONCE } from '../../src/database/jobs.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { createUserQueries } from '../../src/database/users.ts'
import type { JobQueries } from '../../src/domain/job-queries.ts'
import type { ClaimedJob, NewJob } from '../../src/domain/jobs.ts'
import type { Statement } from '../../src/domain/ports.ts'
import { MODES, type Place } from '../database/modes.ts'
import { person } from '../database/people.ts'

const LEASE = 20_000
const welcome: NewJob = { name: 'send-mail', user_id: 'u-1', payload: { template: 'welcome' } }
const keyed: NewJob = { ...welcome, key: 'customer-1' }

describe.each(MODES)('the queue on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase
  let jobs: JobQueries
  let now: number

  beforeEach(async () => {
    place = await create()
    database = await place.open()
    now = Date.UTC(2026, 10, 23)
    jobs = createJobQueries(database, { now: () => now })
  })
  afterEach(() => place.remove())

  const write = async (...statements: Statement[]) => (await database.write({ statements })).outcome
  const enqueue = (job: NewJob) => write(jobs.enqueue(job))
  const claim = (worker = 'a', limit = 10) => jobs.claim(worker, LEASE, limit)
  const claimOne = async (worker = 'a'): Promise<ClaimedJob> => {
    const [job, second] = await claim(worker)
    if (job === undefined || second !== undefined) throw new Error('expected exactly one job')
    return job
  }
  const states = async () => (await jobs.list({ limit: 100 })).map((job) => job.state)

  test('a job exists exactly when the change that makes it necessary does', async () => {
    const users = createUserQueries(database)
    await write(users.insert(person(1)))
    const outcome = await database.write({ statements: [jobs.enqueue(welcome), users.insert(person(1))] })
    expect(outcome.outcome).toBe('refused')
    expect(await states()).toEqual([])
    await write(users.insert(person(2)), jobs.enqueue(welcome))
    expect(await states()).toEqual(['waiting'])
  })

  test('a claimed job carries what was enqueued, and a finished one is gone', async () => {
    await enqueue({
      ...keyed,
      payload: { template: 'sign-in-code', code: '123456', minutes: 10 },
      expires_at: now + 9,
    })
    const job = await claimOne()
    expect(job).toMatchObject({
      name: 'send-mail',
      key: 'customer-1',
      user_id: 'u-1',
      payload: { template: 'sign-in-code', code: '123456', minutes: 10 },
      attempts: 1,
      wanted: 1,
      expires_at: now + 9,
      created_at: '2026-11-23 00:00:00',
    })
    expect(await jobs.finish(job)).toBe(true)
    expect(await states()).toEqual([])
  })

  test('two workers never hold the same job', async () => {
    const other = createJobQueries(await place.open(), { now: () => now })
    for (let n = 0; n < 20; n++) await enqueue(welcome)
    const claims = await Promise.all([
      claim('a', 15),
      other.claim('b', LEASE, 15),
      claim('c', 15),
      other.claim('d', LEASE, 15),
    ])
    const ids = claims.flat().map((job) => job.id)
    expect(ids.length).toBe(20)
    expect(new Set(ids).size).toBe(20)
  })

  test('what is asked for while it runs runs once more, however often it was asked', async () => {
    await enqueue({ ...keyed, payload: { template: 'sign-in-code', code: '1', minutes: 1 } })
    const first = await claimOne()
    await enqueue(keyed)
    await enqueue({ ...keyed, payload: { template: 'sign-in-code', code: '3', minutes: 1 } })
    expect(await claim('b')).toEqual([])
    expect(await jobs.finish(first)).toBe(true)
    const second = await claimOne('b')
    expect(second).toMatchObject({ id: first.id, attempts: 1, payload: { code: '3' } })
    expect(await jobs.finish(second)).toBe(true)
    expect(await claim()).toEqual([])
  })

  test('asking for a waiting job again makes no second one', async () => {
    await enqueue({ ...keyed, run_at: now + 60_000 })
    await enqueue(keyed)
    await enqueue({ ...keyed, key: 'customer-2' })
    expect((await claim()).map((job) => job.key)).toEqual(['customer-1', 'customer-2'])
  })

  test('an answer that comes after the lease is refused, and the other worker has the job', async () => {
    await enqueue(keyed)
    const slow = await claimOne('slow')
    now += LEASE - 1
    expect(await claim('quick')).toEqual([])
    now += 1
    const taken = await claimOne('quick')
    expect(taken).toMatchObject({ id: slow.id, attempts: 2 })
    expect(await jobs.finish(slow)).toBe(false)
    expect(await jobs.fail(slow, 'late')).toBe(false)
    expect(await jobs.retryLater(slow, now, 'late')).toBe(false)
    expect(await jobs.heartbeat([slow], LEASE)).toEqual(new Set())
    expect(await write(jobs.expectHeld(slow), jobs.enqueue(welcome))).toBe('refused')
    expect(await write(jobs.expectHeld(taken), jobs.enqueue(welcome))).toBe('done')
    expect((await jobs.find(slow.id))?.leased_by).toBe('quick')
    expect(await jobs.finish(taken)).toBe(true)
  })

  test('a heartbeat keeps the lease', async () => {
    await enqueue(keyed)
    const job = await claimOne()
    now += LEASE - 1
    expect(await jobs.heartbeat([job], LEASE)).toEqual(new Set([job.id]))
    now += LEASE - 1
    expect(await claim('b')).toEqual([])
    expect(await jobs.finish(job)).toBe(true)
  })

  test('a job that failed waits out its pause, and asking again does not shorten it', async () => {
    await enqueue(keyed)
    expect(await jobs.retryLater(await claimOne(), now + 5_000, 'away')).toBe(true)
    await enqueue(keyed)
    now += 4_999
    expect(await claim()).toEqual([])
    now += 1
    expect(await claimOne()).toMatchObject({ attempts: 2 })
  })

  test('a dead letter stays until somebody retries it, and then has all its attempts', async () => {
    await enqueue(welcome)
    const job = await claimOne()
    expect(await jobs.fail(job, 'invalid: no such mailbox')).toBe(true)
    now += 1e10
    expect(await claim()).toEqual([])
    expect(await jobs.list({ state: 'failed', limit: 10 })).toMatchObject([
      { id: job.id, attempts: 1, last_error: 'invalid: no such mailbox', finished_at: '2026-11-23 00:00:00' },
    ])
    expect(await jobs.retry(job.id)).toMatchObject({ id: job.id, state: 'waiting', finished_at: null })
    expect(await claimOne()).toMatchObject({ id: job.id, attempts: 1, payload: { template: 'welcome' } })
    await expect(jobs.retry(job.id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(jobs.retry(999)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a dead letter wakes up when the same job is asked for again', async () => {
    await enqueue(keyed)
    await jobs.fail(await claimOne(), 'refused')
    await enqueue(keyed)
    expect(await claimOne()).toMatchObject({ attempts: 1 })
  })

  test('what is asked for while it fails for good is not lost', async () => {
    await enqueue(keyed)
    const job = await claimOne()
    await enqueue(keyed)
    expect(await jobs.fail(job, 'refused')).toBe(true)
    expect(await claimOne()).toMatchObject({ id: job.id, attempts: 1 })
  })

  test('a payload that perishes leaves the database when the job fails, and cannot be retried', async () => {
    await enqueue({
      ...welcome,
      payload: { template: 'welcome', to: 'old@example.com' },
      expires_at: now + 1,
    })
    const job = await claimOne()
    await jobs.fail(job, 'refused')
    const [row] = await database.read({ sql: 'SELECT payload FROM jobs', args: [] })
    expect(row?.payload).toBe('{}')
    await expect(jobs.retry(job.id)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('a job that is kept is done once in its time, however often it is asked for', async () => {
    const once: NewJob = { ...keyed, kept_until: now + 60_000 }
    await enqueue(once)
    const job = await claimOne()
    await enqueue(once)
    await jobs.finish(job)
    expect(await states()).toEqual(['done'])
    await enqueue({ ...once, kept_until: now + 90_000 })
    expect(await claim()).toEqual([])
    now += 60_000
    await enqueue({ ...once, kept_until: now + 60_000 })
    expect(await claimOne()).toMatchObject({ attempts: 1 })
  })

  test('done jobs are forgotten when their time is over, a bounded number at a time', async () => {
    const statements = Array.from({ length: FORGOTTEN_JOBS_AT_ONCE + 10 }, (_, n) =>
      jobs.enqueue({ ...welcome, key: `k-${n}`, kept_until: now + 1_000 }),
    )
    await write(...statements)
    for (const job of await claim('a', 20)) await jobs.finish(job)
    await write({ sql: "UPDATE jobs SET state = 'done' WHERE state = 'waiting'", args: [] })
    const forget = async () => {
      const outcome = await database.write({ statements: [jobs.forgetOld()] })
      return outcome.outcome === 'done' ? outcome.rows[0]?.length : undefined
    }
    expect(await forget()).toBe(0)
    now += 1_000
    expect([await forget(), await forget(), await forget()]).toEqual([FORGOTTEN_JOBS_AT_ONCE, 10, 0])
  })

  test('a mail somebody waits for goes before a thousand others', async () => {
    await write(...Array.from({ length: 50 }, () => jobs.enqueue(welcome)))
    now += 1_000
    await enqueue({ ...keyed, urgent: true })
    expect((await claim('a', 1))[0]?.key).toBe('customer-1')
  })

  test('the queue says when the next job is due, without writing', async () => {
    expect(await jobs.nextDueAt()).toBeUndefined()
    await enqueue({ ...welcome, run_at: now + 500 })
    await enqueue({ ...welcome, run_at: now + 300, urgent: true })
    expect(await jobs.nextDueAt()).toBe(now + 300)
    now += 300
    await claimOne()
    expect(await jobs.nextDueAt()).toBe(now + 200)
    now += 200
    await claimOne()
    expect(await jobs.nextDueAt()).toBe(now + LEASE - 200)
  })

  test('operators see the newest first, page by page, and how the queue is doing', async () => {
    for (let n = 0; n < 5; n++) await enqueue({ ...welcome, user_id: `u-${n % 2}` })
    await jobs.fail((await claim('a', 1))[0] as ClaimedJob, 'no')
    now += 4_000
    const first = await jobs.list({ limit: 2 })
    const second = await jobs.list({ limit: 2, cursor: first[1]?.id ?? 0 })
    expect([...first, ...second].map((job) => job.id)).toEqual([5, 4, 3, 2])
    expect((await jobs.list({ state: 'waiting', limit: 10 })).map((job) => job.id)).toEqual([5, 4, 3, 2])
    expect((await jobs.listForUser('u-1', 10)).map((job) => job.id)).toEqual([4, 2])
    expect(await jobs.state()).toEqual({ waiting: 4, running: 0, failed: 1, oldestDueMs: 4_000 })
  })

  test('removing a user removes every job about them, and one that runs cannot come back', async () => {
    await enqueue(keyed)
    const running = await claimOne()
    await enqueue({ ...welcome, user_id: 'u-2' })
    await enqueue(welcome)
    // As closing an account does, by src/database/personal-tables.ts.
    await write({ sql: 'DELETE FROM jobs WHERE user_id = ?', args: ['u-1'] })
    expect(await jobs.finish(running)).toBe(false)
    expect((await jobs.list({ limit: 10 })).map((job) => job.user_id)).toEqual(['u-2'])
  })
})
