import { describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { describeFailure, InterruptedError, UsageError } from './failure.ts'

const describeError = (error: unknown, debug = false) =>
  describeFailure(error, { debug, fingerprint: (text) => `print(${text})` })

describe('describeFailure', () => {
  it.each<[ErrorCode, number]>([
    ['invalid', 2],
    ['not-found', 1],
    ['email-taken', 1],
    ['conflict', 1],
    ['stale', 1],
    ['misconfigured', 1],
    ['unavailable', 75],
    ['unknown-outcome', 75],
    ['too-often', 75],
  ])('%s ends with %i', (code, exitCode) => {
    const failure = describeError(new AppError(code, 'A sentence.'))
    expect(failure).toMatchObject({ exitCode, text: 'xswarm: A sentence.' })
    expect(failure.document.error).toEqual({ code, message: 'A sentence.' })
  })

  it('field faults are listed, unless the sentence says them already', () => {
    const fields = [
      { field: 'email', message: 'Write an email.' },
      { field: 'phone', message: 'Begin with +.' },
    ]
    const failure = describeError(new AppError('invalid', 'Begin with +.', { fields }))
    expect(failure.text).toBe('xswarm: Begin with +.\n  email: Write an email.')
    expect(failure.document.error.errors).toEqual(fields)
  })

  it('the cause of a refusal is shown only for debugging', () => {
    const error = new AppError('unavailable', 'Away.', { cause: new Error('password=hunter2') })
    expect(describeError(error).text).toBe('xswarm: Away.')
    expect(describeError(error, true).text).toContain('hunter2')
  })

  it('a bug is a sentence with a reference; its text may quote a value and is not shown', () => {
    const bug = new Error('cannot store alice@example.com')
    bug.stack =
      'Error: cannot store alice@example.com\n    at f (/home/a/dist/cli/x.js:1:2)\n    at g (/b/y.js:3:4)'
    const failure = describeError(bug)
    expect(failure.exitCode).toBe(1)
    expect(failure.text).toContain('reference print(x.js:1:2 y.js:3:4)')
    expect(JSON.stringify(failure)).not.toContain('alice')
    expect(describeError(bug, true).text).toContain('/home/a/dist/cli/x.js')
    expect(describeError('thrown text').document.error.code).toBe('bug')
  })

  it('wrong usage ends with 2 and ^C with 130, silently', () => {
    expect(describeError(new UsageError('no', 'Run: x'))).toMatchObject({
      exitCode: 2,
      text: 'xswarm: no\nRun: x',
    })
    expect(describeError(new InterruptedError())).toMatchObject({ exitCode: 130, text: '' })
  })
})
