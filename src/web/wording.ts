/** How values read on pages. */

const DAY_MS = 86_400_000

/** The personas with a lens of their own; any other gets the one of the house. */
const LENSES = new Set([
  'hal-9000',
  'jarvis',
  'boss',
  'c3po',
  'cylon',
  'dalek',
  'glados',
  'kitt',
  'marvin',
  'sauron',
  'tars',
])

export function lensOf(persona: string): string {
  return LENSES.has(persona) ? `lens-${persona}` : ''
}

/** `+18005551001` as `+1 800 555 1001`; other countries' numbers as they are. */
export function formatPhone(e164: string): string {
  return e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1\u00a0$1\u00a0$2\u00a0$3')
}

/** UTC text as milliseconds since the epoch. */
function momentOf(utc: string): number {
  return Date.parse(`${utc.replace(' ', 'T')}Z`)
}

/** How long ago, roughly: that a session is used is written down at most once an hour. */
export function ago(utc: string, now: number): string {
  const ms = now - momentOf(utc)
  if (ms < 2 * 3_600_000) return 'in the last hours'
  if (ms < DAY_MS) return `${Math.floor(ms / 3_600_000)} hours ago`
  const days = Math.floor(ms / DAY_MS)
  return days === 1 ? 'yesterday' : `${days} days ago`
}

/** `2026-11-23` as `23 November`. */
export function dayOf(date: string): string {
  const [, month = '1', day = '1'] = date.split('-')
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''}`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
