import type { Personas } from './personas.ts'

/**
 * Nobody is given these, nor anything that reads like them: mail to them is believed to be read by us. Also
 * refused with digits behind them and as a part of a name (`support2`, `it.support`, `billing-team`).
 */
const OFFICIAL = [
  // RFC 2142 and the names certificate authorities send proofs of ownership to
  'abuse admin administrator hostmaster info marketing noc postmaster sales security support usenet webmaster',
  // mail machinery
  'mailer-daemon maildaemon listserv majordomo autoreply dmarc spf dkim',
  // staff and what they sign with
  'account accounts accounting billing careers ceo cfo compliance contact cto customerservice dpo feedback finance',
  'founder fraud gdpr helpdesk hello help hr invoice invoices jobs legal moderator office official operator owner',
  'payment payments payroll press privacy refund refunds root service staff subpoena sysadmin system team trust',
  'verification verify welcome',
]
  .join(' ')
  .split(' ')

/** Words of machines, routes and standards. Refused alone and with digits behind them; fine inside a name. */
const SYSTEM = [
  'www uucp ftp is it mis news nobody daemon sys dev devnull null undefined nan true false localhost',
  'api app assets auth autoconfig autodiscover beta bot broadcasthost cdn checkout code codes config console dashboard demo',
  'device dns docs download email events example export health healthz home host http https imap import index',
  'isatap iswap job json login logout lookup mail mailbox me metrics mx newsletter noaccount number numbers oauth',
  'openapi page pages persona personas pop3 portal postbox public readyz register robots sandbox session sessions sign-in',
  'sign-out sign-up signin signout signup sms smtp status stripe subscribe subscription subscriptions test token twilio',
  'tls unsubscribe user users voice webhook webhooks webmail well-known wpad',
]
  .join(' ')
  .split(' ')

/** Refused with anything behind them. */
const PREFIXES = ['ssl', 'no-reply', 'do-not-reply', 'bounce']
/** Refused wherever it stands. */
const PRODUCT = 'xswarm'

/** Digits behind `user` and `test` are left to people: they are what half the world's mailboxes look like. */
const FREE_WITH_DIGITS = new Set(['user', 'test', 'me', 'dev', 'bot'].map(lookalikeOf))

/**
 * What somebody reads who does not look closely: `al.ice`, `a1ice` and `alice` are one. The same as the generated
 * column of `assigned_addresses` in migrations/0001_users.sql, which decides; a test compares the two.
 */
export function lookalikeOf(address: string): string {
  return address
    .replaceAll('.', '')
    .replaceAll('_', '')
    .replaceAll('-', '')
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('i', 'l')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

const official = new Set(OFFICIAL.map(lookalikeOf))
const system = new Set(SYSTEM.map(lookalikeOf))
const prefixes = PREFIXES.map(lookalikeOf)
const product = lookalikeOf(PRODUCT)

/** Whether mail to this local part could be taken for ours: RFC 2142, certificate proofs, staff, product, personas. */
export function isReserved(local: string, personas: Personas): boolean {
  if (isOfficial(local)) return true
  return isReservedWord(local, system) || isReservedWord(local, personaNames(personas))
}

/** The hard core of `isReserved`: not even an operator gives these to a person. */
export function isOfficial(local: string): boolean {
  const whole = lookalikeOf(local)
  if (whole.includes(product) || prefixes.some((prefix) => whole.startsWith(prefix))) return true
  return (
    isReservedWord(local, official) || local.split(/[._-]+/).some((part) => isReservedWord(part, official))
  )
}

/** Alone, or with digits behind it. The digits are taken off one by one, because they may be letters in disguise. */
function isReservedWord(text: string, words: ReadonlySet<string>): boolean {
  let rest = text
  for (;;) {
    const word = lookalikeOf(rest)
    if (words.has(word) && (rest === text || !FREE_WITH_DIGITS.has(word))) return true
    if (!/[0-9]$/.test(rest)) return false
    rest = rest.slice(0, -1)
  }
}

const namesByCatalogue = new WeakMap<Personas, ReadonlySet<string>>()

/** Keys, names and wake words of the personas; made once for a catalogue, because every sign-up asks. */
function personaNames(personas: Personas): ReadonlySet<string> {
  const known = namesByCatalogue.get(personas)
  if (known !== undefined) return known
  const names = [...personas.values()].flatMap((persona) => {
    const wakeWord = persona.wake_word.toLowerCase()
    return [persona.key, persona.name.toLowerCase(), wakeWord, wakeWord.replace(/^hey /, '')]
  })
  const folded = new Set(
    names.map((name) => lookalikeOf(name.replaceAll(/[^a-z0-9]/g, ''))).filter((name) => name !== ''),
  )
  namesByCatalogue.set(personas, folded)
  return folded
}
