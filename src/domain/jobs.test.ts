import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from './errors.ts'
import { jobFailureOf, withoutPersons } from './job-failures.ts'
import { ATTEMPTS_MAX, RECURRING, RETRY_LONGEST_MS, recurringJob, retryPauseMs } from './jobs.ts'

describe('the pause before the next attempt', () => {
  test('doubles from five seconds to an hour', () => {
    const longest = [1, 2, 3, 4, 10, 11, 20, 1_000].map((attempts) => retryPauseMs(attempts, 1))
    expect(longest).toEqual([5_000, 10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000, 3_600_000])
  })

  test('is spread over its upper half, never zero and never over an hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, jitter) => {
          const pause = retryPauseMs(attempts, jitter)
          expect(pause).toBeGreaterThanOrEqual(retryPauseMs(attempts, 0))
          expect(pause).toBeGreaterThanOrEqual(2_500)
          expect(pause).toBeLessThanOrEqual(RETRY_LONGEST_MS)
        },
      ),
    )
  })

  test('a mail is tried for at least five hours, so that an outage of a morning loses none', () => {
    let total = 0
    for (let attempt = 1; attempt < ATTEMPTS_MAX['send-mail']; attempt++) total += retryPauseMs(attempt, 0)
    expect(total).toBeGreaterThan(5 * 3_600_000)
  })
})

test('a recurring job has one key per interval, the same in every process, and is kept beyond it', () => {
  const interval = RECURRING['forget-jobs']
  const start = interval * 1_000
  const first = recurringJob('forget-jobs', start)
  expect(recurringJob('forget-jobs', start + interval - 1).key).toBe(first.key)
  expect(recurringJob('forget-jobs', start + interval).key).not.toBe(first.key)
  expect(first.kept_until).toBe(start + 2 * interval)
})

describe('what an error means for its job', () => {
  test.each([
    ['invalid', true],
    ['not-found', true],
    ['unavailable', false],
    ['misconfigured', false],
    ['unknown-outcome', false],
    ['conflict', false],
  ] as const)('%s is final: %s', (code, permanent) => {
    expect(jobFailureOf(new AppError(code, 'x')).permanent).toBe(permanent)
  })

  test('a bug may be gone with the next version', () => {
    expect(jobFailureOf(new TypeError('x')).permanent).toBe(false)
    expect(jobFailureOf('thrown text')).toEqual({
      permanent: false,
      reason: 'bug: thrown text',
      pauseMsMin: 0,
      isFree: false,
    })
  })

  test.each([
    ['550 5.1.1 <bob.b+tag@mail.example.com>: unknown', '550 5.1.1 <[address]>: unknown'],
    ["no mailbox 'o'brien@example.com'", 'no mailbox [address]'],
    ['call +1 (555) 123-4567 now', 'call [number] now'],
    ['call 15551234567', 'call [number]'],
    ['two\r\nlines\u0000', 'two lines'],
    ['450 4.2.1 later', '450 4.2.1 later'],
  ])('%j is kept as %j', (given, kept) => {
    expect(withoutPersons(given)).toBe(kept)
  })

  test('a long text is cut', () => {
    expect(withoutPersons('x'.repeat(10_000)).length).toBe(500)
  })
})
