import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJobQueries } from '../../src/database/jobs.ts'
import { observeWrites } from '../../src/database/observed.ts'
import { AppError } from '../../src/domain/errors.ts'
import { ATTEMPTS_MAX, type ClaimedJob, type NewJob, RECURRING } from '../../src/domain/jobs.ts'
import { Worker, type WorkerOptions } from '../../src/worker/worker.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { createTime, passUntil, type Time, until } from './time.ts'

const mail: NewJob = { name: 'send-mail', user_id: 'u-1', payload: { template: 'welcome' } }

/** A job's work, to be ended by the test. */
interface Work {
  readonly job: ClaimedJob
  succeed(): void
  fail(error: unknown): void
}

describe('a worker', () => {
  let stage: TestApp
  let time: Time
  let workers: Worker[]

  beforeEach(async () => {
    stage = await createTestApp()
    time = createTime(stage.clock)
    workers = []
  })
  afterEach(async () => {
    let closed = false
    const closing = Promise.all(workers.map((worker) => worker.close())).then(() => {
      closed = true
    })
    await passUntil(time, () => closed, 5_000)
    await closing
    await stage.close()
  })

  function start(options: Partial<WorkerOptions> = {}) {
    const under: Work[] = []
    const run = (job: ClaimedJob): Promise<void> => {
      // The sweeps come by themselves; these tests are about the mails.
      if (job.name !== 'send-mail') return Promise.resolve()
      return new Promise((succeed, fail) => under.push({ job, succeed, fail }))
    }
    const worker = new Worker(stage.app, {
      name: `worker-${workers.length}`,
      run,
      timers: time.timers,
      random: () => 0.5,
      ...options,
    })
    workers.push(worker)
    return { worker, under }
  }

  const enqueue = async (...jobs: NewJob[]) => {
    await stage.app.database.write({ statements: jobs.map((job) => stage.app.jobs.enqueue(job)) })
  }
  const mails = async () => stage.sql("SELECT * FROM jobs WHERE name = 'send-mail' ORDER BY id")
  const only = async () => (await mails())[0]
  test('does what is due and leaves nothing behind', async () => {
    await enqueue(mail, mail)
    const { under } = start()
    await until(() => under.length === 2)
    for (const work of under) work.succeed()
    await until(async () => (await mails()).length === 0)
  })

  test('sees at once what it is poked for, and else with its next look', async () => {
    const { worker, under } = start()
    for (let n = 0; n < 5; n++) {
      await enqueue(mail)
      worker.poke()
      await until(() => under.length === n + 1)
      under[n]?.succeed()
      await until(async () => (await mails()).length === 0)
    }
    await enqueue(mail)
    await passUntil(time, () => under.length === 6)
  })

  test('looks again exactly when a job that waits falls due', async () => {
    await enqueue({ ...mail, run_at: time.now() + 300 })
    const { under } = start()
    await until(() => time.pending().includes(300))
    time.advance(300)
    await until(() => under.length === 1)
  })

  test('runs no more jobs at a time than it may', async () => {
    await enqueue(...Array.from({ length: 9 }, () => mail))
    const { worker, under } = start({ concurrency: 3 })
    const open: Work[] = []
    for (let done = 0; done < 9; done++) {
      await until(() => under.length + open.length - done >= Math.min(3, 9 - done))
      worker.poke()
      open.push(...under.splice(0))
      expect(open.length - done).toBeLessThanOrEqual(3)
      open[done]?.succeed()
    }
    await until(async () => (await mails()).length === 0)
  })

  test('tries again after a growing pause, and gives up after the last attempt', async () => {
    await enqueue(mail)
    const { under } = start()
    const pauses: number[] = []
    for (let attempt = 1; attempt <= ATTEMPTS_MAX['send-mail']; attempt++) {
      await until(() => under.length === 1)
      under
        .pop()
        ?.fail(new AppError('unavailable', 'The mail server asks to try later: 450 <bob@example.com> busy'))
      await until(async () => (await only())?.state !== 'running')
      const row = await only()
      if (row?.state === 'failed') break
      const pause = Number(row?.run_at) - time.now()
      pauses.push(pause)
      time.advance(pause)
    }
    expect(pauses.slice(0, 4)).toEqual([3_750, 7_500, 15_000, 30_000])
    expect(pauses.length).toBe(ATTEMPTS_MAX['send-mail'] - 1)
    expect(pauses.at(-1)).toBe(2_700_000)
    expect(await only()).toMatchObject({
      state: 'failed',
      attempts: ATTEMPTS_MAX['send-mail'],
      // Servers quote addresses; the queue names people by their id only.
      last_error: 'unavailable: The mail server asks to try later: 450 <[address]> busy',
    })
  })

  test('waits at least as long as it was asked to', async () => {
    await enqueue(mail)
    const { under } = start()
    await until(() => under.length === 1)
    under[0]?.fail(new AppError('too-often', 'Slow down.', { retryAfterSeconds: 600 }))
    await until(async () => (await only())?.state === 'waiting')
    expect(Number((await only())?.run_at) - time.now()).toBe(600_000)
  })

  test('does not try again what is refused for good', async () => {
    await enqueue(mail)
    const { under } = start()
    await until(() => under.length === 1)
    under[0]?.fail(new AppError('invalid', 'The mail server refused this mail for good: 550 no such mailbox'))
    await until(async () => (await only())?.state === 'failed')
    expect(await only()).toMatchObject({ attempts: 1 })
  })

  test('tries a bug again, tells the log, and keeps its text without persons', async () => {
    await enqueue(mail)
    const { under } = start()
    await until(() => under.length === 1)
    under[0]?.fail(new TypeError('cannot read x of alice@example.com, +1 555 123 4567'))
    await until(async () => (await only())?.state === 'waiting')
    expect((await only())?.last_error).toBe('bug: TypeError: cannot read x of [address], [number]')
    expect(stage.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a job failed' }))
  })

  test('drops what has perished instead of doing it', async () => {
    await enqueue({ ...mail, expires_at: time.now() })
    const { under } = start()
    await until(async () => (await mails()).length === 0)
    expect(under).toEqual([])
    expect(stage.logged.map((line) => line.message)).toContain('a job perished before it could be done')
  })

  test('keeps a long job by its heartbeat, and nobody else gets it', async () => {
    await enqueue(mail)
    const { under } = start()
    await until(() => under.length === 1)
    const begun = time.now()
    for (let beat = 1; beat <= 10; beat++) {
      time.advance(5_000)
      await until(async () => Number((await only())?.lease_until) === begun + beat * 5_000 + 20_000)
    }
    expect(await stage.app.jobs.claim('other', 20_000, 10)).toEqual([])
    under[0]?.succeed()
    await until(async () => (await mails()).length === 0)
  })

  test('takes over from a process that died, and says so when it is overtaken itself', async () => {
    await enqueue(mail)
    const [dead] = await stage.app.jobs.claim('dead', 20_000, 1)
    const { under } = start()
    const begun = time.now()
    await passUntil(time, () => under.length === 1)
    expect(time.now() - begun).toBeGreaterThanOrEqual(20_000)
    expect(under[0]?.job).toMatchObject({ id: dead?.id, attempts: 2 })
    // Somebody takes it from this one, too.
    await stage.sql('UPDATE jobs SET fence = fence + 1')
    under[0]?.succeed()
    await until(() =>
      stage.logged.some(({ message }) => message.startsWith('a job ended after its lease was over')),
    )
    expect((await only())?.state).toBe('running')
  })

  test('a job that kills every process that runs it becomes a dead letter', async () => {
    await enqueue(mail)
    await stage.sql('UPDATE jobs SET attempts = ?', ATTEMPTS_MAX['send-mail'])
    const { under } = start()
    await until(async () => (await only())?.state === 'failed')
    expect(under).toEqual([])
  })

  test('a job that hangs is given up and tried again', async () => {
    await enqueue(mail)
    const { under } = start({ runMsMax: 30_000 })
    await until(() => under.length === 1)
    time.advance(30_000)
    await until(async () => (await only())?.state === 'waiting')
    expect((await only())?.last_error).toContain('took longer than')
  })

  test('closing waits for what is under way and takes nothing new', async () => {
    await enqueue(mail)
    const { worker, under } = start()
    await until(() => under.length === 1)
    const closed = worker.close()
    await enqueue(mail)
    worker.poke()
    under[0]?.succeed()
    await closed
    expect((await mails()).map((row) => row.state)).toEqual(['waiting'])
    expect(time.pending()).toEqual([])
  })

  test('closing leaves a job that takes too long to its lease', async () => {
    await enqueue(mail)
    const { worker, under } = start()
    await until(() => under.length === 1)
    const closed = worker.close()
    await until(() => time.pending().includes(20_000))
    time.advance(20_000)
    await closed
    expect((await only())?.state).toBe('running')
  })

  test('goes on after the database was away', async () => {
    let away = true
    const jobs = createJobQueries(stage.database, stage.clock)
    const nextDueAt = () => (away ? Promise.reject(new AppError('unavailable', 'away')) : jobs.nextDueAt())
    const done: string[] = []
    await enqueue(mail)
    const worker = new Worker(
      { ...stage.app, jobs: { ...jobs, nextDueAt } },
      { name: 'w', run: async (job) => void done.push(job.name), timers: time.timers, random: () => 0 },
    )
    workers.push(worker)
    await until(() => time.pending().includes(2_500))
    expect(stage.logged.at(-1)).toMatchObject({ level: 'warn', message: 'the job queue cannot be read' })
    away = false
    time.advance(2_500)
    await until(() => done.includes('send-mail'))
  })

  test('looks without writing while nothing is due', async () => {
    const jobs = createJobQueries(stage.database, stage.clock)
    let looks = 0
    const nextDueAt = () => {
      looks += 1
      return jobs.nextDueAt()
    }
    let writes = 0
    const database = observeWrites(stage.database)
    database.onWrite(() => {
      writes += 1
    })
    const app = { ...stage.app, database, jobs: { ...createJobQueries(database, stage.clock), nextDueAt } }
    workers.push(new Worker(app, { name: 'w', run: async () => undefined, timers: time.timers }))
    await passUntil(time, () => looks > 5)
    const before = writes
    await passUntil(time, () => looks > 50)
    expect(writes).toBe(before)
  })

  test('a recurring job runs once per interval, whatever number of processes there is', async () => {
    const ran: string[] = []
    const run = async (job: ClaimedJob) => void ran.push(`${job.name} ${job.key}`)
    const [name] = Object.keys(RECURRING) as (keyof typeof RECURRING)[]
    const interval = RECURRING[name as keyof typeof RECURRING]
    start({ run })
    start({ run })
    const slots = () => new Set(ran.filter((line) => line.startsWith(`${name} `))).size
    const idle = async () => (await stage.app.jobs.state()).running === 0
    // Time waits for the jobs: a lease that ran out meanwhile would be taken over, and rightly so.
    const isEnough = async () => {
      await until(idle)
      return slots() >= 4
    }
    await passUntil(time, isEnough, Math.min(interval / 4, 10_000))
    await until(idle)
    // One that comes late asks again, and finds it done.
    start({ run })
    await until(() => time.pending().length === 3)
    await until(idle)
    expect(new Set(ran).size).toBe(ran.length)
  })
})
