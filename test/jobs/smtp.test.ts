import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkSmtpUrl, createMissingMailer, createSmtpMailer } from '../../src/adapters/mail.ts'
import type { Mail, Mailer } from '../../src/domain/mailer.ts'
import { type SmtpServer, startSmtpServer } from './smtp-server.ts'

const mail: Mail = {
  to: 'alice@example.com',
  subject: '123456 is your xSwarm code',
  text: 'Your code: 123456\n\n.\n.. dots\n',
  html: '<p>Your code: <b>123456</b> — für dich</p>',
  message_id: '<job-7-20261123141700@xswarm.ai>',
}

/** The headers of a received mail by lower-case name, unfolded. */
function headersOf(raw: string): Map<string, string[]> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const headers = new Map<string, string[]>()
  for (const line of head.split('\r\n')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(line.indexOf(':') + 1).trim()])
  }
  return headers
}

describe('mail over SMTP', () => {
  let server: SmtpServer
  let mailer: Mailer

  beforeEach(async () => {
    server = await startSmtpServer()
    mailer = createSmtpMailer({
      url: `smtp://me:qx%23zz9@127.0.0.1:${server.port}`,
      from: 'xSwarm <no-reply@xswarm.ai>',
      timeoutMs: 300,
    })
  })
  afterEach(async () => {
    await mailer.close()
    await server.close()
  })

  test('arrives with both forms, one recipient, and everything that marks it as ours', async () => {
    await mailer.send(mail)
    const [got] = server.received
    expect(got).toMatchObject({ from: 'no-reply@xswarm.ai', to: ['alice@example.com'] })
    const headers = headersOf(got?.raw ?? '')
    expect(headers.get('subject')).toEqual([mail.subject])
    expect(headers.get('to')).toEqual(['alice@example.com'])
    expect(headers.get('from')).toEqual(['xSwarm <no-reply@xswarm.ai>'])
    expect(headers.get('message-id')).toEqual([mail.message_id])
    expect(headers.get('auto-submitted')).toEqual(['auto-generated'])
    expect(headers.get('content-type')?.[0]).toMatch(/^multipart\/alternative;/)
    expect(got?.raw).toContain('Your code: 123456')
    expect(got?.raw).toMatch(/f=C3=BCr dich/)
    expect(server.credentials).toEqual(['\u0000me\u0000qx#zz9'])
  })

  test('a repeat carries the same Message-ID', async () => {
    await mailer.send(mail)
    await mailer.send(mail)
    const ids = server.received.map(({ raw }) => headersOf(raw).get('message-id'))
    expect(ids).toEqual([[mail.message_id], [mail.message_id]])
  })

  test('a connection is used for many mails', async () => {
    for (let n = 0; n < 10; n++) await mailer.send(mail)
    expect(server.received.length).toBe(10)
    expect(server.connections).toBe(1)
  })

  test.each([
    [
      'the recipient is unknown',
      { rcpt: '550 5.1.1 no such mailbox' },
      'invalid',
      '550 5.1.1 no such mailbox',
    ],
    ['the mailbox is full for good', { body: '552 5.2.2 quota exceeded' }, 'invalid', '552'],
    ['the content is refused', { body: '554 5.7.1 spam' }, 'invalid', '554 5.7.1 spam'],
    ['the recipient is greylisted', { rcpt: '451 4.7.1 try again later' }, 'unavailable', '451 4.7.1'],
    ['the server is busy', { mail: '421 4.3.2 shutting down' }, 'unavailable', '421'],
    ['the mail is not taken now', { body: '450 4.2.1 later' }, 'unavailable', '450 4.2.1 later'],
    ['we may not send at all now', { greeting: '421 too many connections' }, 'unavailable', '421'],
    ['the server never greets', { greeting: 'hang' }, 'unavailable', 'cannot be reached'],
    ['the server never answers', { rcpt: 'hang' }, 'unavailable', 'cannot be reached'],
    ['the answer to the mail is lost', { body: 'drop' }, 'unavailable', 'cannot be reached'],
    ['the connection breaks', { data: 'drop' }, 'unavailable', 'cannot be reached'],
    ['our password is refused', { auth: '535 5.7.8 bad credentials' }, 'misconfigured', 'SMTP_URL'],
    ['signing in fails for now', { auth: '454 4.7.0 temporary failure' }, 'unavailable', '454'],
    ['our sender is refused', { mail: '553 5.7.1 not your domain' }, 'misconfigured', '[email] from'],
  ])('when %s', async (_, replies, code, message) => {
    server.replies = replies
    const failure = mailer.send(mail)
    await expect(failure).rejects.toMatchObject({ name: 'AppError', code })
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.not.toThrow(/qx/)
    // The next mail goes once the server behaves again.
    server.replies = {}
    await mailer.send(mail)
  })

  test('a server that is not there is away, not a bug', async () => {
    await server.close()
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'unavailable' })
    server = await startSmtpServer()
  })

  test.each([
    'alice@example.com\r\nBcc: eve@example.com',
    'alice@example.com\nBcc: eve@example.com',
    'alice@example.com, eve@example.com',
    'alice@example.com;eve@example.com',
    'alice@example.com eve@example.com',
    '"a" <eve@example.com>',
    'Eve <eve@example.com>',
    'group:eve@example.com;',
    'alice@example.com>\r\nRCPT TO:<eve@example.com',
    'alice@example.com\u0000',
    'alice@@example.com',
    'alice',
    '',
  ])('no address can make a second recipient or header: %j', async (to) => {
    await expect(mailer.send({ ...mail, to })).rejects.toMatchObject({ code: 'invalid' })
    expect(server.received).toEqual([])
  })

  test.each([
    '\r\nBcc: eve@example.com',
    '\nX-Evil: 1',
    '\r\n\r\nanother body',
    '\u0000\u2028Bcc: eve',
    '\r\n.\r\nMAIL FROM:<x>',
  ])('no text can make a header or end the mail: %j', async (evil) => {
    const { subject, text, html } = mail
    await mailer.send({
      ...mail,
      subject: `${subject}${evil}`,
      text: `${text}${evil}`,
      html: `${html}${evil}`,
    })
    expect(server.received.length).toBe(1)
    const [got] = server.received
    expect(got?.to).toEqual(['alice@example.com'])
    const headers = headersOf(got?.raw ?? '')
    // Not even encoded: a mail program would decode it again.
    expect(headers.get('subject')?.join()).not.toMatch(/=[01][0-9A-F]|=7F/)
    const names = [...headers.keys()]
    expect(names.sort()).toEqual(
      [
        ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'],
        'x-auto-response-suppress',
      ].sort(),
    )
  })
})

describe('encryption', () => {
  test('a server elsewhere that offers none gets neither password nor mail', async () => {
    // Not 127.0.0.1 by name, and still this machine: what counts is the host in the url.
    const server = await startSmtpServer(['AUTH PLAIN'])
    const mailer = createSmtpMailer({
      url: `smtp://me:secret@[::ffff:127.0.0.1]:${server.port}`,
      from: 'a@xswarm.ai',
      timeoutMs: 1_000,
    })
    try {
      await expect(mailer.send(mail)).rejects.toMatchObject({
        code: 'misconfigured',
      })
      expect(server.credentials).toEqual([])
      expect(server.received).toEqual([])
    } finally {
      await mailer.close()
      await server.close()
    }
  })

  test('smtps:// speaks nothing before it is encrypted', async () => {
    const first: string[] = []
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', (chunk) => {
        first.push(chunk.subarray(0, 1).toString('hex'))
        socket.destroy()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const mailer = createSmtpMailer({
      url: `smtps://me:secret@127.0.0.1:${port}`,
      from: 'a@xswarm.ai',
      timeoutMs: 1_000,
    })
    try {
      await expect(mailer.send(mail)).rejects.toMatchObject({
        code: 'unavailable',
      })
      expect(first).toEqual(['16']) // a TLS handshake
    } finally {
      await mailer.close()
      server.close()
    }
  })
})

describe('SMTP_URL', () => {
  test.each([
    '',
    'mail.example.com',
    'https://mail.example.com',
    'smtp://',
    'smtp://me:50%off@mail.example.com',
  ])('%j is refused without being repeated', (url) => {
    expect(() => checkSmtpUrl(url)).toThrow(expect.objectContaining({ code: 'misconfigured' }))
    if (url.length > 8) expect(() => checkSmtpUrl(url)).not.toThrow(url)
  })

  test.each([
    'smtp://localhost:1025',
    'smtps://me:pass@mail.example.com',
    'smtp://me:p%40ss@mail.example.com:587',
    'smtp://[::1]',
  ])('%s is taken', (url) => {
    expect(() => checkSmtpUrl(url)).not.toThrow()
  })

  test('without it every mail waits, and says for what', async () => {
    await expect(createMissingMailer().send(mail)).rejects.toMatchObject({ code: 'misconfigured' })
  })
})
