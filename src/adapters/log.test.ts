import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, type LogOptions } from './log.ts'

const secret = `sk_${'test_'}${'a'.repeat(24)}`
const other = `whsec_${'b'.repeat(24)}`

/** The log and what it wrote, line by line. */
function open(options: LogOptions = {}) {
  let text = ''
  const destination = {
    write(line: string) {
      text += line
    },
  }
  const log = createLog({
    secrets: { STRIPE_SECRET_KEY: secret, STRIPE_WEBHOOK_SECRET: `${other},x${other}` },
    ...options,
    destination,
  })
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  }
}

describe('the log', () => {
  it('is one JSON object per line with time, level and message', () => {
    const { log, lines } = open()
    log.info({ route: '/api/signup', status: 201, ms: 1.5 }, 'request')
    log.warn({}, 'two\r\nlines \u001b[31m and a colour')
    expect(lines()).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        route: '/api/signup',
        status: 201,
        ms: 1.5,
        msg: 'request',
      },
      expect.objectContaining({ level: 40, msg: 'two\r\nlines \u001b[31m and a colour' }),
    ])
  })

  it('writes a line break in what somebody sent as two characters, so nobody can forge a line', () => {
    const { log, text } = open()
    log.info({ agent: 'x\n{"level":30,"msg":"forged"}\r\n' }, 'a\nb')
    expect(
      text()
        .trim()
        .split(/[\r\n]/),
    ).toHaveLength(1)
  })

  const canaries: readonly [name: string, fields: Record<string, unknown>][] = [
    ['an email field', { email: 'alice@example.com' }],
    ['an assigned address', { xswarm_email: 'alice@xswarm.ai' }],
    ['an email deep inside', { a: { b: [{ c: 'mail alice@example.com now' }] } }],
    ['an email in capitals', { note: 'ALICE@EXAMPLE.COM' }],
    ['an email with a tag', { note: 'alice+tag@example.com' }],
    ['an email in angle brackets', { note: 'Alice <alice@example.com>' }],
    ['an email in a URL', { url: '/api/lookup?email=alice@example.com&x=1' }],
    ['an email in a URL, encoded', { url: '/api/lookup?email=alice%40example.com' }],
    ['an email as a key', { 'alice@example.com': 1 }],
    ['a unicode email', { note: 'alic\u00e9@example.com' }],
    ['a phone field', { phone: '+15551234567' }],
    ['a phone field that is a number', { phone: 15551234567 }],
    ['an assigned number', { xswarm_phone: '+15551234567' }],
    ['a caller', { From: '+15551234567', caller: '+15551234567' }],
    ['a phone in a sentence', { note: 'call +15551234567 now' }],
    ['a phone as people write it', { note: 'call (555) 123-4567 or 555-123-4567 or +1 555 123 4567' }],
    ['a phone in a URL', { url: '/api/lookup?xswarm_phone=%2B15551234567' }],
    ['a phone without a plus', { note: '15551234567' }],
    ['a secret as a value', { key: secret }],
    ['a secret inside a sentence', { note: `refused: ${secret}.` }],
    ['one of several rotated secrets', { note: `x ${other} y` }],
    ['an authorization header', { headers: { authorization: 'Bearer alice-token' } }],
    ['an authorization header in a sentence', { note: 'sent Authorization: Bearer alice-token' }],
    ['a cookie', { headers: { cookie: 'session=alice-session' } }],
    ['a password', { password: 'alice-password' }],
    ['an error', { err: new Error(`alice@example.com and ${secret} and +15551234567`) }],
    [
      'the cause of an error',
      { err: new Error('x', { cause: new Error('UNIQUE failed: alice@example.com') }) },
    ],
    [
      'a field of an error',
      { err: Object.assign(new Error('x'), { args: ['alice@example.com', '+15551234567'] }) },
    ],
    ['an error that names itself', { err: Object.assign(new Error('x'), { name: 'alice@example.com' }) }],
  ]

  it.each(canaries)('never shows %s', (_, fields) => {
    const { log, text } = open()
    log.info(fields, 'hello')
    expect(text()).not.toMatch(/alic.?@|alice-|5551234567|123.?4567/i)
    expect(text()).not.toContain(secret)
    expect(text()).not.toContain(other)
  })

  it('does not show them in the message either', () => {
    const { log, text } = open()
    log.info({}, `alice@example.com called from +15551234567 with ${secret}`)
    expect(text()).not.toMatch(/alice@|5551234567/)
    expect(text()).not.toContain(secret)
  })

  it('recognises a person without naming them: one email, one hash; another email, another', () => {
    const { log, lines } = open()
    log.info({ email: 'alice@example.com' }, 'x')
    log.info({ email: 'ALICE@example.com' }, 'x')
    log.info({ email: 'bob@example.com' }, 'x')
    const [first, second, third] = lines().map((line) => line.email)
    expect(first).toMatch(/^email:[0-9a-f]{12}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  it('keys the hash, so that a list of addresses does not undo it, and keeps it over a restart', () => {
    const hash = (options: LogOptions) => {
      const { log, lines } = open(options)
      log.info({ email: 'alice@example.com' }, 'x')
      return lines()[0].email
    }
    expect(hash({})).toBe(hash({}))
    expect(hash({ secrets: { XSWARM_SERVICE_TOKEN: 'another-token' } })).not.toBe(hash({}))
    expect(hash({ secrets: {} })).not.toBe(hash({ secrets: {} }))
  })

  it('shows the last two digits of a phone', () => {
    const { log, lines } = open()
    log.info({ phone: '+15551234567', note: 'call +15551234567' }, 'x')
    expect(lines()[0]).toMatchObject({ phone: 'phone:…67', note: 'call phone:…67' })
  })

  it.each([
    'f7e79d2b-47f6-4630-ace3-01f0b8829f5c',
    '12345678-1234-4123-8123-123456789012',
    '2026-11-23T14:17:00.000Z',
    '2026-11-23 14:17:00',
    'price_1234567890',
    'AC1234567890',
    '127.0.0.1',
    '203.113.115.119',
    'file:data/xswarm.db',
    'hal-9000',
    '100% sure',
  ])('leaves alone what only looks like a phone: %s', (text) => {
    const { log, lines } = open()
    log.info({ id: text }, text)
    expect(lines()[0]).toMatchObject({ id: text, msg: text })
  })

  it('shows an error whole, with its cause', () => {
    const { log, lines } = open()
    log.error(
      { err: new TypeError('x is not a function', { cause: new Error('the deeper reason') }) },
      'a bug',
    )
    expect(lines()[0].err).toMatchObject({
      name: 'TypeError',
      message: 'x is not a function',
      cause: { message: 'the deeper reason' },
    })
    expect(lines()[0].err.stack).toContain('log.test.ts')
  })

  it('survives what cannot be written: circles, big numbers, functions, broken encoding, a megabyte', () => {
    const { log, lines, text } = open()
    const circle: Record<string, unknown> = {
      big: 10n,
      call: () => 1,
      bytes: new Uint8Array(9),
      broken: '%E0%A4%A',
    }
    circle.self = circle
    log.info({ circle, long: 'x'.repeat(1_000_000), none: undefined, nil: null }, 'x')
    expect(lines()).toHaveLength(1)
    expect(text().length).toBeLessThan(20_000)
  })

  it('writes nothing below its level', () => {
    const { log, text } = open({ level: 'error' })
    log.info({}, 'x')
    log.warn({}, 'x')
    expect(text()).toBe('')
  })

  it('has everything in the file after a flush', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xswarm-log-'))
    const log = createLog({ destination: join(folder, 'deep', 'xswarm.log') })
    log.info({}, 'the last line')
    log.flush()
    expect(readFileSync(join(folder, 'deep', 'xswarm.log'), 'utf8')).toContain('the last line')
    rmSync(folder, { recursive: true })
  })

  it('writes a single line by itself, and lines that came before a warning with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xswarm-log-'))
    const file = join(folder, 'xswarm.log')
    const log = createLog({ destination: file })
    log.info({}, 'alone')
    await expect.poll(() => readFileSync(file, 'utf8'), { timeout: 10_000 }).toContain('alone')
    log.info({}, 'before')
    log.warn({}, 'the warning')
    await expect
      .poll(() => readFileSync(file, 'utf8'), { timeout: 10_000 })
      .toMatch(/before[\s\S]*the warning/)
    rmSync(folder, { recursive: true })
  })
})
