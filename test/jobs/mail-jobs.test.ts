import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signUp } from '../../src/actions/sign-up.ts'
import { FORGOTTEN_JOBS_AT_ONCE } from '../../src/database/jobs.ts'
import type { NewJob } from '../../src/domain/jobs.ts'
import { runJob } from '../../src/worker/jobs.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { runJobs } from './run-jobs.ts'

describe('mails that follow from what people do', () => {
  let stage: TestApp
  beforeEach(async () => {
    stage = await createTestApp()
  })
  afterEach(() => stage.close())

  const enqueue = (job: NewJob) => stage.app.database.write({ statements: [stage.app.jobs.enqueue(job)] })
  /** Each mail once, oldest first: every job runs twice here, and a repeat has the Message-ID of the first. */
  const mails = () => {
    const all = [...stage.mailbox.list()].reverse()
    const once = all.filter(
      (mail, index) => all.findIndex((one) => one.message_id === mail.message_id) === index,
    )
    expect(all.length).toBe(once.length * 2)
    return once.map(({ to, subject }) => `${to}: ${subject}`)
  }

  test('who signs up gets one welcome with the address', async () => {
    const { user_id, xswarm_email } = await signUp(stage.app, { email: 'Alice@Example.com' })
    expect(await stage.app.jobs.listForUser(user_id, 10)).toMatchObject([
      { name: 'send-mail', state: 'waiting' },
    ])
    await runJobs(stage)
    expect(mails()).toEqual(['alice@example.com: Welcome to xSwarm'])
    expect(stage.mailbox.list()[0]?.text).toContain(xswarm_email)
    expect(await stage.sql('SELECT * FROM jobs')).toEqual([])
  })

  test('until it is sent, the queue holds nobody’s address', async () => {
    await signUp(stage.app, { email: 'alice@example.com', phone: '+15551234567' })
    const held = JSON.stringify(await stage.sql('SELECT * FROM jobs'))
    expect(held).not.toMatch(/alice|example\.com|5551234567/)
  })

  test('a refused sign-up mails nobody a welcome, and its owner a way in, once an hour', async () => {
    await signUp(stage.app, { email: 'alice@example.com' })
    const again = () =>
      expect(signUp(stage.app, { email: 'alice@example.com' })).rejects.toMatchObject({ code: 'email-taken' })
    await Promise.all([again(), again(), again()])
    await runJobs(stage)
    await again()
    await runJobs(stage)
    stage.clock.advance(3_599_000)
    await again()
    await runJobs(stage)
    const both = [
      'alice@example.com: Welcome to xSwarm',
      'alice@example.com: You already have an xSwarm account',
    ]
    expect(mails()).toEqual(both)
    stage.clock.advance(1_000)
    await again()
    await runJobs(stage)
    expect(mails()).toEqual([...both, both[1]])
  })

  test('a replayed sign-up sends no second mail', async () => {
    const sign = () => signUp(stage.app, { email: 'alice@example.com' }, { idempotency: 'key-1' })
    expect(await sign()).toEqual(await sign())
    await runJobs(stage)
    expect(mails()).toEqual(['alice@example.com: Welcome to xSwarm'])
  })

  test('a mail goes to the address the user has when it is sent', async () => {
    const { user_id } = await signUp(stage.app, { email: 'alice@example.com' })
    await stage.sql('UPDATE users SET email = ? WHERE id = ?', 'new@example.com', user_id)
    await runJobs(stage)
    expect(mails()).toEqual(['new@example.com: Welcome to xSwarm'])
  })

  test('who is gone gets no mail, and the job ends', async () => {
    await signUp(stage.app, { email: 'alice@example.com' })
    await stage.sql('DELETE FROM users')
    await runJobs(stage)
    expect(mails()).toEqual([])
    expect(await stage.sql('SELECT * FROM jobs')).toEqual([])
  })

  test('a mail to an address that is no user’s goes there', async () => {
    const payload = {
      template: 'account-closed',
      receipt_id: 'r-1',
      closed_at: '2026-11-23 14:17:00',
    } as const
    await enqueue({
      name: 'send-mail',
      payload: { ...payload, to: 'old@example.com' },
      expires_at: stage.clock.now() + 86_400_000,
    })
    await runJobs(stage)
    expect(mails()).toEqual(['old@example.com: Your xSwarm account is closed'])
  })

  test('a mail to nobody fails for good', async () => {
    await enqueue({ name: 'send-mail', payload: { template: 'welcome' } })
    const [job] = await stage.app.jobs.claim('test', 20_000, 1)
    if (job === undefined) throw new Error('nothing was claimed')
    await expect(runJob(stage.app, job)).rejects.toMatchObject({ code: 'invalid' })
  })

  test('two mails never share a Message-ID, and it names no person', async () => {
    await signUp(stage.app, { email: 'alice@example.com' })
    await signUp(stage.app, { email: 'bob@example.com' })
    await runJobs(stage)
    const ids = new Set(stage.mailbox.list().map((mail) => mail.message_id))
    expect(ids.size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^<job-\d+-1-20261123141700@xswarm\.ai>$/)
  })

  test('a number is given once, also when every job was removed in between', async () => {
    await signUp(stage.app, { email: 'alice@example.com' })
    const [first] = await runJobs(stage)
    await stage.sql('DELETE FROM jobs')
    await signUp(stage.app, { email: 'bob@example.com' })
    const last = (await runJobs(stage)).at(-1)
    expect(last?.id).toBeGreaterThan(first?.id ?? Number.NaN)
  })

  test('a row with a name of a newer version is refused by name, also one of an object’s own', async () => {
    for (const name of ['provision-spaceship', 'constructor', '__proto__', 'toString']) {
      await stage.sql(
        "INSERT INTO jobs (name, payload, run_at, created_at) VALUES (?, '{}', 0, '2026-01-01 00:00:00')",
        name,
      )
      const [job] = await stage.app.jobs.claim('test', 20_000, 1)
      if (job === undefined) throw new Error('nothing was claimed')
      await expect(runJob(stage.app, job)).rejects.toThrow(`does not know the job ${name}`)
    }
  })

  test('sweeps forget what is old, in more than one batch, and leave what is young', async () => {
    const rows = FORGOTTEN_JOBS_AT_ONCE * 2 + 5
    const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`
    await stage.sql(
      `INSERT INTO idempotency_keys (scope, key, request_hash, status, body, created_at)
       ${numbers} SELECT 's', 'k' || i, '', 201, '{}', datetime('now', '-25 hours') FROM n`,
    )
    await stage.sql(
      "INSERT INTO idempotency_keys (scope, key, request_hash, status, body) VALUES ('s', 'new', '', 201, '{}')",
    )
    await stage.sql(
      `INSERT INTO operations (op_id, at) ${numbers} SELECT 'o' || i, datetime('now', '-31 days') FROM n`,
    )
    await stage.sql("INSERT INTO operations (op_id) VALUES ('new')")
    await stage.sql(
      `INSERT INTO jobs (name, key, payload, state, kept_until, created_at)
       ${numbers} SELECT 'send-mail', i, '{}', 'done', ${stage.clock.now() - 1}, '2026-01-01 00:00:00' FROM n`,
    )
    for (const name of ['forget-answers', 'forget-operations', 'forget-jobs'] as const) {
      await enqueue({ name, payload: {}, key: 'now' })
    }
    expect((await runJobs(stage)).length).toBe(3)
    expect(await stage.sql('SELECT key FROM idempotency_keys')).toEqual([{ key: 'new' }])
    expect(await stage.sql('SELECT op_id FROM operations')).toEqual([{ op_id: 'new' }])
    expect(await stage.sql('SELECT id FROM jobs')).toEqual([])
  })
})
