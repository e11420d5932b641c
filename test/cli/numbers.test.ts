import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTwilioSandbox } from '../../src/sandbox/twilio/start.ts'
import { createProject, type Project } from './run-cli.ts'

let project: Project
const lying = { TWILIO_AUTH_TOKEN: 'a-token-that-lies-' + 'around' }
beforeAll(async () => {
  project = createProject()
  await project.start(['dev', '--port', '0', '--json'], lying).firstLine()
})
afterAll(() => project.close())

const run = async (...args: string[]) => {
  const ran = await project.run([...args, '--json'])
  return { code: ran.code, document: JSON.parse(ran.stdout || 'null'), stderr: ran.stderr }
}

/** The dev beside the commands works by itself. */
async function numberOf(user: string): Promise<string> {
  for (;;) {
    const { document } = await run('users', 'show', user)
    if (document.xswarm_phone !== null) return document.xswarm_phone
  }
}

describe('beside a running dev', () => {
  it('the number of the test user exists at its Twilio and can be called', async () => {
    const { document, code } = await run('sandbox', 'call', '+18005551001')
    expect(code).toBe(0)
    expect(document.heard.join(' ')).toContain('All my circuits are at your service.')
    const stranger = await run('sandbox', 'call', '+18005551001', '--from', '+15550009999')
    expect(stranger.document.heard.join(' ')).toContain('I only talk to the person')
    const printed = await project.run(['sandbox', 'call', '+18005551001'])
    expect(printed.stdout).toContain('All my circuits are at your service.')
    expect(printed.stderr).toContain('<Say voice="Polly.Matthew">')
  })

  it('xswarm test tells the whole story, down to a call that was heard', async () => {
    const { document, code } = await run('test')
    expect(code).toBe(0)
    const names = document.checks.map(({ name }: { name: string }) => name)
    for (const name of [
      'user',
      'tier',
      'saving',
      'ledger',
      'at Twilio',
      'webhooks',
      'simulated call',
      'call',
    ])
      expect(names).toContain(name)
    expect(document.checks.at(-1).saw).toContain('All my circuits')
  })

  it('a user with premium gets a number, texts arrive on it, and the audit is in order', async () => {
    await run('users', 'create', 'alice@example.com', '--tier', 'premium', '--phone', '+15551110000')
    const number = await numberOf('alice@example.com')
    expect((await run('sandbox', 'text', number, 'hello', 'there')).code).toBe(0)
    const { document } = await run('db', 'shell', 'SELECT body, kind FROM texts')
    expect(JSON.stringify(document)).toContain('hello there')
    const audit = await run('audit')
    expect(audit).toMatchObject({ code: 0, document: { ok: true, totals: { numbers: 2, drift: 0 } } })
    const table = await project.run(['audit'])
    expect(table.stdout).toMatch(/ok\s+\+1\d{10}\s+\S+\s+granted\s+active\s+ours\s+answers/)
  })

  it('an operator gives a number back, lists the ledger and provides another', async () => {
    const before = await numberOf('alice@example.com')
    const asked = await project.run(['numbers', 'release', 'alice@example.com'])
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    const released = await run('numbers', 'release', 'alice@example.com', '--yes')
    expect(released.document.number).toMatchObject({ state: 'releasing', e164: before })
    expect((await run('numbers', 'provision', 'alice@example.com')).code).toBe(0)
    expect(await numberOf('alice@example.com')).not.toBe(before)
    const { document } = await run('numbers', 'list', '--state', 'active')
    expect(document.numbers).toHaveLength(2)
    expect(document.spending).toMatchObject({ perHourMax: 60 })
  })

  it.each([
    [['numbers', 'provision', 'nobody@example.com'], 1, /no user/],
    [['numbers', 'list', '--state', 'gone'], 2, /wanted/],
    [['numbers', 'buy'], 2, /unknown command|numbers needs/],
    [['sandbox', 'call', 'somebody'], 2, /digits|phone/],
    [['sandbox', 'call', '+18335550199'], 0, /^$/],
    [['sandbox', 'disturb', 'everything'], 2, /no misbehaviour/],
  ])('%j ends with %i', async (args, code, words) => {
    const ran = await project.run(args)
    expect(ran.stderr).toMatch(words)
    expect(ran.code).toBe(code)
  })

  it('its Twilio misbehaves when asked to, and is good again', async () => {
    const on = await run('sandbox', 'disturb', 'stockEmpty')
    expect(on.document.faults).toMatchObject([{ name: 'stockEmpty' }])
    expect((await run('sandbox', 'disturb', 'well')).document).toEqual({ faults: [] })
  })
})

describe('a token that lies around', () => {
  it('is never used, neither by dev nor by the commands, even where config.toml names an address', async () => {
    const accountSid = `AC${'a'.repeat(32)}`
    const real = await startTwilioSandbox({ accountSid, authToken: lying.TWILIO_AUTH_TOKEN })
    const other = createProject({
      'config.toml': `[twilio]\naccount_sid = "${accountSid}"\napi_base = "${real.url}"\n`,
    })
    try {
      const alone = await other.run(['audit'], { env: lying })
      expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('no Twilio account')])
      await other.start(['dev', '--port', '0', '--json'], lying).firstLine()
      const beside = await other.run(['audit', '--json'], { env: lying })
      expect(JSON.parse(beside.stdout)).toMatchObject({ ok: true, totals: { numbers: 1 } })
      const state = await (await fetch(`${real.url}/_sandbox/state`)).json()
      expect(state).toMatchObject({ numbers: [], warnings: [] })
    } finally {
      await other.close()
      await real.close()
    }
  })
})
