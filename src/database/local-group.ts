import type { Row } from '../domain/ports.ts'
import { type GroupResult, NAME_RECORD, resultOfFault, type Unit, type UnitResult } from './delivery.ts'
import { guardOf, recordOperation } from './guards.ts'
import type { LocalConnection } from './local-connection.ts'
import type { StatementResult } from './opened.ts'
import { isBusy, isCleanCommitFailure } from './outcome.ts'

/**
 * Runs the units inside a transaction that has just begun, each in a savepoint of its own, and commits them
 * together. Never throws. Unless all is `committed` the connection is not to be used again.
 */
export function commitUnits(writer: LocalConnection, units: readonly Unit[]): GroupResult {
  const results: UnitResult[] = []
  try {
    for (const unit of units) results.push(executeUnit(writer, unit))
    // After a transaction that ended on the way, a COMMIT would have nothing, or half of the group, to commit.
    if (!writer.inTransaction) throw new Error('the transaction ended before its COMMIT')
  } catch (error) {
    return { kind: 'nothing', error }
  }
  try {
    writer.exec('COMMIT')
  } catch (error) {
    // After a fault of the disk a crash may bring the group back from the journal.
    return { kind: isCleanCommitFailure(error) ? 'nothing' : 'doubt', error }
  }
  return { kind: 'committed', units: results }
}

/** Throws only when the transaction of the whole group is gone. */
function executeUnit(writer: LocalConnection, unit: Unit): UnitResult {
  let statement = 0
  try {
    writer.step('SAVEPOINT unit')
    if (unit.opId !== undefined) {
      statement = NAME_RECORD
      writer.execute(recordOperation(unit.opId))
      statement = 0
    }
    const rows: (readonly Row[])[] = []
    const results: StatementResult[] = []
    for (; statement < unit.statements.length; statement++) {
      const next = unit.statements[statement]
      if (next === undefined) break
      if (unit.described === true) results.push(writer.describe(next))
      else rows.push(writer.execute(next))
      const guard = guardOf(next)
      if (guard !== undefined) writer.execute(guard)
    }
    writer.step('RELEASE unit')
    return {
      answer:
        unit.described === true ? { outcome: 'done', results } : { outcome: 'done', rows, replayed: false },
    }
  } catch (error) {
    // A full disk ends the transaction without a word; the next unit would then commit by itself.
    if (!writer.inTransaction || isBusy(error)) throw error
    writer.step('ROLLBACK TO unit')
    writer.step('RELEASE unit')
    return resultOfFault(unit, statement, error)
  }
}
