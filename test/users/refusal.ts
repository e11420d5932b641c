import { AppError } from '../../src/domain/errors.ts'

/** The AppError a piece of work ends with; anything else, also success, fails the test. */
export async function refusalOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw error
  return error
}

/** The AppError a rule throws. */
export function faultOf(rule: () => unknown): AppError {
  let result: unknown
  try {
    result = rule()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error(`it was not refused but became ${JSON.stringify(result)}`)
}
