import { z } from 'zod'
import { AppError, type FieldFault } from '../domain/errors.ts'
import { suggest } from '../domain/suggest.ts'

/** What a schema found wrong, as AppError `invalid`: one sentence per field, with suggestions, never a value. */
export function invalidInput(error: z.ZodError, schema: z.ZodType, input: unknown, what: string): AppError {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const fields = error.issues.slice(0, 50).flatMap((issue) => faultsOf(issue, known, input))
  const detail = fields.length === 0 ? wrongShape(what) : `Correct the ${what} and send it again.`
  return new AppError('invalid', detail, { fields })
}

function wrongShape(what: string): string {
  return `The ${what} must be a JSON object, for example {"email": "alice@example.com"}.`
}

function faultsOf(issue: z.core.$ZodIssue, known: readonly string[], input: unknown): FieldFault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, 50).map((key) => ({ field: shown(key), message: unknownKey(key, known) }))
  const field = issue.path.map(String).join('.')
  if (field === '') return issue.code === 'custom' ? [{ field: '', message: issue.message }] : []
  return [{ field: shown(field), message: messageOf(issue, isMissing(issue.path, input)) }]
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = suggest(key, known)
  if (near !== undefined) return `This is not known here - did you mean ${near}?`
  return known.length === 0
    ? 'This is not known here.'
    : `This is not known here. Possible: ${known.join(', ')}.`
}

function messageOf(issue: z.core.$ZodIssue, missing: boolean): string {
  if (issue.code === 'invalid_type') {
    if (missing) return 'This is missing.'
    return issue.expected === 'string' ? 'Send this as text.' : `Send this as ${issue.expected}.`
  }
  if (issue.code === 'too_big')
    return isNumber(issue.origin)
      ? `This is too large: at most ${issue.maximum}.`
      : `This is too long: at most ${issue.maximum} characters.`
  if (issue.code === 'too_small')
    return isNumber(issue.origin) ? `This is too small: at least ${issue.minimum}.` : 'This is too short.'
  if (issue.code === 'invalid_value') return `Possible here: ${issue.values.map(String).join(', ')}.`
  return issue.message
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int' || origin === 'bigint'
}

function isMissing(path: readonly PropertyKey[], input: unknown): boolean {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return true
    value = Reflect.get(value, key)
  }
  return value === undefined
}

/** A name of the sender's, safe to repeat. */
function shown(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be repeated
  return name.slice(0, 60).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '?')
}
