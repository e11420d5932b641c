import type { Transporter } from 'nodemailer'
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js'
import { AppError } from '../domain/errors.ts'
import type { Mail, Mailer } from '../domain/mailer.ts'

export interface SmtpOptions {
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which must offer STARTTLS unless the host is this machine. */
  readonly url: string
  /** The sender: an address, or `Name <address>`. */
  readonly from: string
  /** For one connection, greeting and answer [10,000]. */
  readonly timeoutMs?: number
}

type Pool = Transporter<SMTPPool.SentMessageInfo>

/**
 * Sends through an SMTP server over a few kept connections. The url is read and the library loaded with the first mail,
 * so that a command which sends none does not stumble over them.
 */
export function createSmtpMailer(options: SmtpOptions): Mailer {
  let opening: Promise<Pool> | undefined
  return {
    async send(mail) {
      demandPlainAddress(mail.to)
      opening ??= openPool(smtpSettings(options))
      const pool = await opening
      try {
        await pool.sendMail(messageOf(mail, options.from))
      } catch (error) {
        throw failureOf(error)
      }
    },
    async close() {
      const closing = opening
      opening = undefined
      if (closing !== undefined) (await closing).close()
    },
  }
}

/** Where no mail can go: every attempt says which secret is missing, and the jobs wait. */
export function createMissingMailer(): Mailer {
  return {
    async send() {
      throw new AppError('misconfigured', 'No mail can be sent: set SMTP_URL in .env or the environment.')
    },
    async close() {
      // Nothing was opened.
    },
  }
}

async function openPool(settings: SMTPPool.Options): Promise<Pool> {
  const { createTransport } = await import('nodemailer')
  return createTransport(settings)
}

/** Throws AppError `misconfigured` when SMTP_URL cannot be one; never with the url, which holds a password. */
export function checkSmtpUrl(url: string): void {
  smtpSettings({ url, from: '' })
}

function smtpSettings({ url, timeoutMs = 10_000 }: SmtpOptions): SMTPPool.Options {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new AppError(
      'misconfigured',
      'SMTP_URL is no smtp:// or smtps:// URL, like smtps://user:password@host:465.',
    )
  }
  const secure = parsed.protocol === 'smtps:'
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  return {
    pool: true,
    maxConnections: 4,
    maxMessages: 100,
    host,
    port: parsed.port === '' ? (secure ? 465 : 587) : Number(parsed.port),
    secure,
    // Codes and addresses travel encrypted or not at all; only a relay on this machine may do without.
    ...(secure || isLoopback(host) ? {} : { requireTLS: true }),
    ...(isLoopback(host) && !secure ? { ignoreTLS: parsed.username === '' } : {}),
    ...(parsed.username === ''
      ? {}
      : { auth: { user: decode(parsed.username), pass: decode(parsed.password) } }),
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A mail is made of what we hand over and of nothing that a path or URL in it could pull in.
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AppError(
      'misconfigured',
      'SMTP_URL has a lone percent sign in its user or password: write it as %25.',
    )
  }
}

/** Exactly one mailbox: a comma would make two recipients, a line break another header. */
function demandPlainAddress(address: string): void {
  if (/^[^\s<>,;:"()[\]\\\p{Cc}@]+@[^\s<>,;:"()[\]\\\p{Cc}@]+$/u.test(address)) return
  throw new AppError('invalid', 'The address of this mail is not one plain mail address.')
}

function messageOf(mail: Mail, from: string): SMTPPool.MailOptions {
  return {
    from,
    to: { name: '', address: mail.to },
    // The library folds and encodes; control characters are gone before it has to.
    subject: mail.subject.replace(/\p{Cc}+/gu, ' ').trim(),
    text: mail.text,
    html: mail.html,
    messageId: mail.message_id,
    // RFC 3834: no out-of-office answers to a machine.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

interface SmtpError {
  readonly code?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
  readonly command?: unknown
}

/** What the server said decides: 4xx is later, 5xx about this mail is never, 5xx about us is the operator's. */
function failureOf(error: unknown): AppError {
  const { code, responseCode, response, command } = (error ?? {}) as SmtpError
  const said = typeof response === 'string' ? `: ${response}` : ''
  if (code === 'EAUTH' && !isTemporary(responseCode)) {
    return new AppError('misconfigured', `The mail server refuses our user or password (SMTP_URL)${said}`, {
      cause: error,
    })
  }
  if (code === 'ETLS') {
    const message =
      'The mail server offers no encryption we accept (SMTP_URL): STARTTLS or smtps:// is needed.'
    return new AppError('misconfigured', message, { cause: error })
  }
  if (typeof responseCode === 'number' && responseCode >= 500) {
    if (command === 'MAIL FROM') {
      return new AppError('misconfigured', `The mail server refuses our sender ([email] from)${said}`, {
        cause: error,
      })
    }
    return new AppError('invalid', `The mail server refused this mail for good${said}`, { cause: error })
  }
  if (isTemporary(responseCode)) {
    return new AppError('unavailable', `The mail server asks to try later${said}`, { cause: error })
  }
  const why = typeof code === 'string' ? ` (${code})` : ''
  return new AppError('unavailable', `The mail server cannot be reached${why}.`, { cause: error })
}

function isTemporary(responseCode: unknown): boolean {
  return typeof responseCode === 'number' && responseCode >= 400 && responseCode < 500
}
