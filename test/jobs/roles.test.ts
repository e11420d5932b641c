import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findFreePort } from '../../src/cli/free-port.ts'
import { createProject, type Project, type Started } from '../cli/run-cli.ts'
import { type SmtpServer, startSmtpServer } from './smtp-server.ts'
import { until } from './time.ts'

const features = '[features]\nstripe_enabled = false\nvoice_enabled = false\nsms_enabled = false\n'

/** As a person would from another window, without a terminal. */
async function signUp(url: string, email: string): Promise<void> {
  const body = JSON.stringify({ email })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/signup`, { method: 'POST', headers, body })
  expect(answer.status).toBe(201)
}

async function stop({ child, exited }: Started): Promise<void> {
  child.kill('SIGTERM')
  expect((await exited).code).toBe(0)
}

describe('processes with different roles', () => {
  let project: Project
  let smtp: SmtpServer
  beforeEach(async () => {
    smtp = await startSmtpServer()
    project = createProject()
    const port = await findFreePort('127.0.0.1')
    project.write('config.toml', `environment = "staging"\n${features}[server]\nport = ${port}\n`)
    project.write('.env', `SMTP_URL=smtp://127.0.0.1:${smtp.port}\n`)
    expect((await project.run(['db', 'migrate'])).code).toBe(0)
  })
  afterEach(async () => {
    await project.close()
    await smtp.close()
  })

  test('http only takes the sign-up, the worker only sends the mail, and operators see and retry what failed', async () => {
    smtp.replies = { rcpt: '550 5.1.1 <zoe@example.com> no such mailbox' }
    const http = project.start(['serve', '--role', 'http', '--json'])
    const { url } = JSON.parse(await http.firstLine())
    await signUp(url, 'zoe@example.com')
    const list = async (...more: string[]) =>
      JSON.parse((await project.run(['jobs', 'list', '--json', ...more])).stdout).jobs
    expect(await list()).toMatchObject([{ name: 'send-mail', state: 'waiting', attempts: 0 }])
    expect(smtp.connections).toBe(0)

    const worker = project.start(['serve', '--role', 'worker', '--json'])
    expect(JSON.parse(await worker.firstLine())).toMatchObject({ url: null, role: 'worker' })
    await until(async () => (await list('--state', 'failed')).length === 1)
    const [failed] = await list('--state', 'failed')
    expect(failed.last_error).toContain('550 5.1.1 <[address]> no such mailbox')
    const table = await project.run(['jobs', 'list', '--state', 'failed'])
    expect(table.stdout).toMatch(new RegExp(`^${failed.id} +send-mail +failed +1 `, 'm'))
    expect(table.stdout).not.toContain('zoe')

    smtp.replies = {}
    const retried = await project.run(['jobs', 'retry', String(failed.id)])
    expect(retried).toMatchObject({ code: 0, stdout: `job ${failed.id} (send-mail) waits for a worker\n` })
    await until(() => smtp.received.length === 1)
    expect(smtp.received[0]).toMatchObject({ from: 'no-reply@xswarm.ai', to: ['zoe@example.com'] })
    await stop(worker)
    await stop(http)
  })

  test('retrying what is not there or has not failed is refused, and a wrong number is wrong usage', async () => {
    expect(await project.run(['jobs', 'retry', '4711'])).toMatchObject({ code: 1, stdout: '' })
    expect((await project.run(['jobs', 'retry', 'all'])).code).toBe(2)
    expect((await project.run(['jobs', 'list', '--state', 'lost'])).code).toBe(2)
    expect(await project.run(['jobs', 'list'])).toMatchObject({ code: 0, stdout: '' })
  })

  test('serve does not start with an SMTP_URL that cannot be one, and does not repeat it', async () => {
    project.write('.env', 'SMTP_URL=smtp://me:50%off@mail.example.com\n')
    const ran = await project.run(['serve'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('SMTP_URL')
    expect(ran.stderr).not.toContain('50%off')
  })
})

test('dev does everything in one process: the mail of a sign-up is at /dev/mail at once', async () => {
  const project = createProject()
  try {
    // Whatever key lies around, development sends nothing.
    const dev = project.start(['dev', '--port', '0', '--json'], { SMTP_URL: 'smtp://127.0.0.1:1' })
    const { url } = JSON.parse(await dev.firstLine())
    await signUp(url, 'zoe@example.com')
    const mails = async () => (await (await fetch(`${url}/dev/mail.json`)).json()).mails
    await until(async () => (await mails()).length === 1)
    expect(await mails()).toMatchObject([{ to: 'zoe@example.com', subject: 'Welcome to xSwarm' }])
    expect((await fetch(`${url}/dev/mail`)).status).toBe(200)
    await stop(dev)
  } finally {
    await project.close()
  }
})
