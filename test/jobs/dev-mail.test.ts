import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttp, type HttpService } from '../../src/http/service.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { ask, from } from '../http/service.ts'

const here = from('127.0.0.1')

describe('the mailbox of development', () => {
  let stage: TestApp
  let service: HttpService
  beforeEach(async () => {
    stage = await createTestApp()
    service = createHttp(stage.app, { mailbox: stage.mailbox })
  })
  afterEach(() => stage.close())

  const send = (subject: string, html = '<p>hello</p>') =>
    stage.mailbox.send({
      to: 'alice@example.com',
      subject,
      text: 'see https://xswarm.ai/x',
      html,
      message_id: '<m@x>',
    })

  test('lists mails as JSON, newest first, and no more than 200', async () => {
    for (let n = 1; n <= 205; n++) await send(`mail ${n}`)
    const { status, body } = await ask({ service }, '/dev/mail.json', {}, here)
    expect(status).toBe(200)
    expect(body.mails.length).toBe(200)
    expect(body.mails[0]).toEqual({
      id: 205,
      received_at: '2026-11-23 14:17:00',
      to: 'alice@example.com',
      subject: 'mail 205',
      text: 'see https://xswarm.ai/x',
      html: '<p>hello</p>',
      message_id: '<m@x>',
    })
    expect(body.mails.at(-1).subject).toBe('mail 6')
  })

  test('shows a list and each mail as text and in a frame that can do nothing', async () => {
    await send('<b>first</b>')
    const list = await ask({ service }, '/dev/mail', {}, here)
    expect(list.text).toContain('href="/dev/mail/1"')
    expect(list.text).toContain('&lt;b&gt;first&lt;/b&gt;')
    const one = await ask({ service }, '/dev/mail/1', {}, here)
    expect(one.text).toContain('<iframe title="The mail as HTML" sandbox src="/dev/mail/1/html">')
    expect(one.text).toContain('<a href="https://xswarm.ai/x">')
    expect(one.headers.get('content-security-policy')).toContain("frame-src 'self'")
    // Not `ask`: of all answers only this one allows inline styles, which are all that mail programs know.
    const shown = await service.request('/dev/mail/1/html', {}, here)
    expect(await shown.text()).toBe('<p>hello</p>')
    const policy = shown.headers.get('content-security-policy')
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'self'; sandbox$/)
    expect(policy).not.toContain('script-src')
  })

  test.each(['0', '2', '-1', '1.5', '1e0', 'x', '99999999999'])('there is no mail %s', async (id) => {
    await send('first')
    expect((await ask({ service }, `/dev/mail/${id}`, {}, here)).status).toBe(404)
    expect((await ask({ service }, `/dev/mail/${id}/html`, {}, here)).status).toBe(404)
  })

  test('answers nobody but whoever sits at this machine: it holds codes that sign in', async () => {
    await send('123456 is your xSwarm code')
    for (const path of ['/dev/mail', '/dev/mail.json', '/dev/mail/1', '/dev/mail/1/html']) {
      const told = await ask({ service }, path, {}, from('192.0.2.7'))
      expect(told.status).toBe(401)
      expect(told.text).not.toContain('123456')
    }
  })

  test('does not exist where mails are really sent', async () => {
    const real = createHttp(stage.app)
    for (const path of ['/dev/mail', '/dev/mail.json', '/dev/mail/1', '/dev/mail/1/html']) {
      expect((await ask({ service: real }, path, {}, here)).status).toBe(404)
    }
    expect(real.routes.filter((route) => route.path.startsWith('/dev/'))).toEqual([])
  })
})

describe('the metrics of the queue', () => {
  let stage: TestApp
  beforeEach(async () => {
    stage = await createTestApp()
  })
  afterEach(() => stage.close())

  const lines = async () => {
    const { text } = await ask({ service: createHttp(stage.app) }, '/metrics', {}, here)
    return text.split('\n').filter((line) => /^xswarm_(jobs|database)/.test(line))
  }

  test('say what waits, runs and failed, and for how long the oldest has been due', async () => {
    const { jobs, database } = stage.app
    const job = jobs.enqueue({ name: 'send-mail', payload: { template: 'welcome' } })
    await database.write({ statements: [job, job, job, job] })
    const [first] = await jobs.claim('a', 20_000, 2)
    if (first === undefined) throw new Error('nothing was claimed')
    await jobs.fail(first, 'no')
    stage.clock.advance(9_000)
    expect(await lines()).toEqual([
      'xswarm_database_up 1',
      'xswarm_jobs{state="waiting"} 2',
      'xswarm_jobs{state="running"} 1',
      'xswarm_jobs{state="failed"} 1',
      'xswarm_jobs_oldest_due_seconds 9',
    ])
  })

  test('are still printed while the database is away', async () => {
    await stage.database.close()
    expect(await lines()).toContain('xswarm_database_up 0')
  })
})
