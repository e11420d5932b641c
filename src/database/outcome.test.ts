import { describe, expect, test } from 'vitest'
import { failureOf, isBusy, refusalOf } from './outcome.ts'

function driverError(code: string, message = 'words of the driver'): Error {
  return Object.assign(new Error(message), { code })
}

describe('a refusal is the same, whether a file or a server reports it', () => {
  test.each([
    ['UNIQUE constraint failed: users.email', { kind: 'unique', columns: ['users.email'] }],
    ['UNIQUE constraint failed: a.x, a.y', { kind: 'unique', columns: ['a.x', 'a.y'] }],
    [
      "UNIQUE constraint failed: index 'idx_users_email_canonical'",
      { kind: 'unique', columns: ['users.email'] },
    ],
    [
      "UNIQUE constraint failed: index 'idx_users_xswarm_email_canonical'",
      { kind: 'unique', columns: ['users.xswarm_email'] },
    ],
    ["UNIQUE constraint failed: index 'another'", { kind: 'unique', columns: ['another'] }],
    ['CHECK constraint failed: expected_rows', { kind: 'rows' }],
    ['CHECK constraint failed: some_name', { kind: 'check', name: 'some_name' }],
    ['NOT NULL constraint failed: users.email', { kind: 'not-null', column: 'users.email' }],
    ['FOREIGN KEY constraint failed', { kind: 'foreign-key' }],
    ['words of a trigger', { kind: 'check', name: 'words of a trigger' }],
  ])('%s', (message, refusal) => {
    for (const code of ['SQLITE_CONSTRAINT_UNIQUE', 'UNKNOWN_SQLITE_ERROR_2067']) {
      expect(refusalOf(driverError(code, message))).toEqual(refusal)
    }
    expect(refusalOf(driverError('SQLITE_CONSTRAINT', `SQLite error: ${message}`))).toEqual(refusal)
    expect(refusalOf(driverError('SQLITE_ERROR', message))).toBeUndefined()
  })
})

describe('a failure is a sentence that says what to do', () => {
  test.each([
    ['SQLITE_BUSY_SNAPSHOT', 'unavailable', 'is locked by another program'],
    ['UNKNOWN_SQLITE_ERROR_261', 'unavailable', 'is locked by another program'],
    ['TRANSACTION_BUSY', 'unavailable', 'is busy'],
    ['TRANSACTION_TIMEOUT', 'unavailable', 'is busy'],
    ['SQLITE_FULL', 'unavailable', 'is full'],
    ['SQLITE_IOERR_WRITE', 'unavailable', 'reports an error'],
    ['UNKNOWN_SQLITE_ERROR_1544', 'misconfigured', 'is read-only'],
    ['SQLITE_NOTADB', 'misconfigured', 'is not a database'],
    ['SQLITE_CORRUPT_INDEX', 'misconfigured', 'it is damaged'],
    ['SQLITE_CANTOPEN', 'misconfigured', 'cannot be opened'],
    ['BLOCKED', 'misconfigured', 'does not take requests'],
  ])('%s', (code, kind, words) => {
    const cause = driverError(code)
    expect(failureOf(cause, 'x.db')).toMatchObject({
      code: kind,
      message: expect.stringContaining(words),
      cause,
    })
  })

  test('what is a bug of ours stays as it is', () => {
    const bug = driverError('SQLITE_ERROR', 'no such table: nope')
    expect(failureOf(bug, 'x.db')).toBe(bug)
    expect(failureOf(new TypeError('bug'), 'x.db')).toBeInstanceOf(TypeError)
  })
})

test('only a lock is worth another try', () => {
  expect(
    ['SQLITE_BUSY', 'SQLITE_LOCKED_SHAREDCACHE', 'TRANSACTION_BUSY'].map((code) => isBusy(driverError(code))),
  ).toEqual([true, true, true])
  expect(isBusy(driverError('SQLITE_FULL'))).toBe(false)
  expect(isBusy(undefined)).toBe(false)
})
