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
  'tls unsubscribe user users voice webhook webhooks webmail well-known wpad audit closing history overview retry stream',
  'oauth-authorization-server openid-configuration security-txt undo close settings fallback',
]
  .join(' ')
  .split(' ')

/** Refused with anything behind them. */
const PREFIXES = ['ssl', 'no-reply', 'do-not-reply', 'bounce']
/** Refused wherever it stands. */
const PRODUCT = 'xswarm'

/** Read for each other; `i` is read as `l` too, so that all three of `1`, `i` and `l` are one. */
const MISREAD: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', i: 'l', '5': 's' }

/** Digits behind `user` and `test` are left to people: they are what half the world's mailboxes look like. */
const FREE_WITH_DIGITS = new Set(['user', 'test', 'me', 'dev', 'bot'].map(lookalikeOf))

/**
 * What somebody reads who does not look closely: `al.ice`, `a1ice` and `alice` are one. The same as the generated
 * column of `assigned_addresses` in migrations/0001_users.sql, which decides; a test compares the two.
 */
export function lookalikeOf(address: string): string {
  return address
    .replace(/[._-]/g, '')
    .replace(/[01i5]/g, (character) => MISREAD[character] ?? character)
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
}

const official = new Set(OFFICIAL.map(lookalikeOf))
const system = new Set(SYSTEM.map(lookalikeOf))
const prefixes = PREFIXES.map(lookalikeOf)
const product = lookalikeOf(PRODUCT)

/** Whether mail to this local part could be taken for ours: RFC 2142, certificate proofs, staff, product, personas. */
export function isReserved(local: string, personas: Personas): boolean {
  return isOfficial(local) || isReservedWord(local, [system, personaNames(personas)])
}

/** The hard core of `isReserved`: not even an operator gives these to a person. */
export function isOfficial(local: string): boolean {
  const whole = lookalikeOf(local)
  if (whole.includes(product) || prefixes.some((prefix) => whole.startsWith(prefix))) return true
  const parts = local.split(/[._-]+/)
  if (parts.length > 1 && parts.some((part) => isReservedWord(part, [official]))) return true
  return isReservedWord(local, [official])
}

/** Alone, or with digits behind it: they are left off one by one, because they may be letters in disguise. */
function isReservedWord(text: string, sets: readonly ReadonlySet<string>[]): boolean {
  const folded = lookalikeOf(text)
  // A digit folds to one character and never into a pair, so that leaving it off before or after folding is the same.
  const digits = /[0-9]*$/.exec(text)?.[0].length ?? 0
  for (let off = 0; off <= digits; off++) {
    const word = folded.slice(0, folded.length - off)
    if (sets.some((words) => words.has(word)) && (off === 0 || !FREE_WITH_DIGITS.has(word))) return true
  }
  return false
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
