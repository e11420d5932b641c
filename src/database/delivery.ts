import type { Row, SqlValue, WriteOutcome, WriteUnit } from '../domain/ports.ts'
import type { ScriptOutcome, StatementResult } from './opened.ts'
import { refusalOf } from './outcome.ts'
import type { Pending } from './write-queue.ts'

/** A unit as the queues carry it. `described`: whoever waits wants columns and counts, not rows. */
export interface Unit extends WriteUnit {
  readonly described?: true
}

export type Answer = WriteOutcome | ScriptOutcome

/** What became of one unit of a group whose COMMIT was done: an answer, or an error to throw. */
export type UnitResult = { readonly answer: Answer } | { readonly error: unknown }

/** What became of a group. */
export type GroupResult =
  | { readonly kind: 'committed'; readonly units: readonly UnitResult[] }
  /** Nothing happened: the transaction did not begin, or ended before its COMMIT. */
  | { readonly kind: 'nothing'; readonly error: unknown }
  /** COMMIT failed, or its answer was lost: all of it may have happened, or nothing. */
  | { readonly kind: 'doubt'; readonly error: unknown }

/** The index that stands for the record of a unit's name, which comes before its statements. */
export const NAME_RECORD = -1

/** What a fault in one statement means for its unit, which was rolled back. */
export function resultOfFault(unit: Unit, statement: number, error: unknown): UnitResult {
  const refusal = refusalOf(error)
  if (refusal === undefined) return { error }
  // The name is known already: the unit was done before.
  if (statement === NAME_RECORD) return { answer: { outcome: 'done', rows: [], replayed: true } }
  if (unit.described !== true) return { answer: { outcome: 'refused', statement, refusal } }
  return {
    answer: {
      outcome: 'refused',
      statement,
      message: error instanceof Error ? error.message : String(error),
    },
  }
}

/** Hands every unit of a committed group its answer. `failureOf` turns an error into the one to throw. */
export function settle(
  group: readonly Pending<Answer>[],
  results: readonly UnitResult[],
  failureOf: (error: unknown) => unknown,
): void {
  group.forEach((pending, index) => {
    const result = results[index] ?? { error: new Error('a group came back with fewer units than it had') }
    if ('answer' in result) pending.answer(result.answer)
    else pending.fail(failureOf(result.error))
  })
}

/** A row by the names of its columns. */
export function toRow(columns: readonly string[], cells: readonly SqlValue[]): Row {
  const row: Record<string, SqlValue> = {}
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = cells[i] as SqlValue // same length
  return row
}

export function toRows(result: StatementResult): Row[] {
  return result.rows.map((cells) => toRow(result.columns, cells))
}
