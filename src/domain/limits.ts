import { digestOf } from './digests.ts'
import type { Statement } from './ports.ts'
import type { ProjectConfig } from './project.ts'

const HOUR_MS = 60 * 60 * 1000

/** What is limited. Each rule counts its subjects apart. */
export type LimitRule =
  /** Sign-ups from one place. */
  | 'sign-up-place'
  /** Codes for one mailbox asked for from one place. Another place has its own, so nobody is shut out by a stranger. */
  | 'code-mailbox-place'
  /** Codes for one mailbox from everywhere; does not hold for places where its owner was signed in before. */
  | 'code-mailbox'
  /** Codes for any mailbox from one place. */
  | 'code-place'
  /** Wrong codes from one place. */
  | 'wrong-code-place'
  /** Devices that ask to be signed in, from one place. */
  | 'device-place'
  /** Questions of waiting devices from one place. */
  | 'device-poll-place'
  /** Pages of Stripe, and changes there, asked for by one user: each costs calls that Stripe counts. */
  | 'billing-user'

/** So often within so long. Who comes evenly may always come; who comes at once gets `times` at once. */
export interface Limit {
  readonly times: number
  readonly withinMs: number
}

export function limitsOf({ limits }: Pick<ProjectConfig, 'limits'>): Record<LimitRule, Limit> {
  const hourly = (times: number): Limit => ({ times, withinMs: HOUR_MS })
  return {
    'sign-up-place': hourly(limits.signups_per_hour_per_ip),
    'code-mailbox-place': hourly(limits.codes_per_hour_per_email),
    'code-mailbox': hourly(limits.codes_per_hour_per_email * 4),
    'code-place': hourly(limits.codes_per_hour_per_ip),
    'wrong-code-place': hourly(limits.wrong_codes_per_hour_per_ip),
    'device-place': hourly(limits.codes_per_hour_per_ip),
    // Fifty devices behind one address, each asking every five seconds.
    'device-poll-place': hourly(36_000),
    'billing-user': hourly(60),
  }
}

/** One thing to count: the rule and whom it is about. */
export interface Count {
  readonly rule: LimitRule
  readonly subject: string
}

/**
 * Counting that survives restarts and holds across processes: one row per rule and subject. With `limits.enabled` off
 * everything passes and nothing is written.
 */
export interface RateLimits {
  /** Counts all or none. Throws AppError `too-often` with the seconds to wait. */
  demand(...counts: readonly Count[]): Promise<void>
  /** As `demand`, but answers the seconds to wait, or undefined when it passed. */
  take(...counts: readonly Count[]): Promise<number | undefined>
  /** Takes one count back, in the unit of what turned out to be right. Empty when limits are off. */
  giveBack(count: Count): readonly Statement[]
  /** Forgets rows whose allowance is whole again, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}

export function limitKey({ rule, subject }: Count): string {
  return digestOf('limit', rule, subject)
}

/**
 * The place that an IP address stands for. A household has a whole IPv6 network, and its devices take a new address
 * of it every day, so the network counts.
 */
export function placeOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const [head = '', tail] = ip.split('%', 1).join('').split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: gap }, () => '0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** What is kept of a place. */
export function hashPlace(ip: string): string {
  return digestOf('place', placeOf(ip))
}
