import { AppError, type FieldFault } from './errors.ts'

/** The refusal of one field. */
export function invalidField(field: string, message: string): AppError {
  return new AppError('invalid', message, { fields: [{ field, message }] })
}

/** Gathers the faults of an input, so that its sender hears of all of them at once. */
export interface Faults {
  readonly found: readonly FieldFault[]
  /** What `parse` returns, or undefined after keeping the fault it threw. */
  keep<T>(parse: () => T): T | undefined
  /** Throws AppError `invalid` with every fault kept so far, if there is any. */
  refuse(): void
}

export function createFaults(): Faults {
  const found: FieldFault[] = []
  return {
    found,
    keep(parse) {
      try {
        return parse()
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        found.push(...error.fields)
        return undefined
      }
    },
    refuse() {
      if (found.length === 0) return
      throw new AppError('invalid', found.map((fault) => fault.message).join(' '), { fields: found })
    },
  }
}
