import { type Batch, BatchCond, type BatchStep, type HttpStream, type RowsResult } from '@libsql/hrana-client'
import type { SqlValue, Statement, WriteUnit } from '../domain/ports.ts'
import { toDriverArguments } from './arguments.ts'
import { guardOf, recordOperation } from './guards.ts'
import type { StatementResult } from './opened.ts'
import { countParameters } from './statements.ts'

/** What became of one unit inside a batch. `statement` is -1 for the record of its name. */
export type UnitResult =
  | { readonly kind: 'done'; readonly results: readonly StatementResult[] }
  | { readonly kind: 'failed'; readonly statement: number; readonly error: unknown }

export type BatchResult =
  | { readonly kind: 'committed'; readonly units: readonly UnitResult[] }
  /** Nothing happened: the transaction did not begin, or ended before its COMMIT. */
  | { readonly kind: 'nothing'; readonly error: unknown }
  /** COMMIT itself failed. */
  | { readonly kind: 'commit-failed'; readonly error: unknown }

/** What a step gave: a result, an error, or neither when its condition did not hold. */
type StepResult = { readonly result?: RowsResult | undefined; readonly error?: unknown }

/**
 * All units in one transaction and one request. Every step runs only when the one before did, so a unit
 * stops at its first fault and is rolled back to its savepoint. Each unit begins only when the one before
 * was released or rolled back: when the transaction ended silently (a full disk does that), ROLLBACK TO
 * fails and everything behind is skipped - a SAVEPOINT alone would begin, and commit, a transaction of its own.
 */
export async function executeUnits(stream: HttpStream, units: readonly WriteUnit[]): Promise<BatchResult> {
  const batch = stream.batch()
  const begin = addStep(batch, { sql: 'BEGIN IMMEDIATE', args: [] })
  let alive = BatchCond.ok(begin.step)
  const plans = units.map((unit) => {
    const plan = addUnit(batch, unit, alive)
    alive = plan.alive
    return plan
  })
  const commit = addStep(batch, { sql: 'COMMIT', args: [] }, alive)
  const undo = BatchCond.and(batch, [BatchCond.ok(begin.step), BatchCond.not(BatchCond.ok(commit.step))])
  addStep(batch, { sql: 'ROLLBACK', args: [] }, undo)
  await batch.execute()

  const [began, committed] = await Promise.all([begin.settled, commit.settled])
  if (began.error !== undefined) return { kind: 'nothing', error: began.error }
  const results = await Promise.all(plans.map((plan) => plan.result()))
  if (committed.error !== undefined) return { kind: 'commit-failed', error: committed.error }
  if (committed.result === undefined) return { kind: 'nothing', error: lastError(results) }
  return { kind: 'committed', units: results }
}

/** One read, as one step; rows in the order of their columns. */
export async function executeQuery(stream: HttpStream, query: Statement): Promise<StatementResult> {
  return toResult(await stream.query([query.sql, driverArguments(query)]), query.sql)
}

interface PlannedStep {
  readonly step: BatchStep
  readonly settled: Promise<StepResult>
}

function addUnit(batch: Batch, unit: WriteUnit, alive: BatchCond) {
  const savepoint = addStep(batch, { sql: 'SAVEPOINT unit', args: [] }, alive)
  let before = savepoint
  // Which statement of the unit a step belongs to; a guard belongs to the one it watches.
  const steps: { statement: number; isGuard: boolean; planned: PlannedStep }[] = []
  const add = (statement: number, isGuard: boolean, sql: Statement): void => {
    before = addStep(batch, sql, BatchCond.ok(before.step))
    steps.push({ statement, isGuard, planned: before })
  }
  if (unit.opId !== undefined) add(-1, false, recordOperation(unit.opId))
  unit.statements.forEach((statement, index) => {
    add(index, false, statement)
    const guard = guardOf(statement)
    if (guard !== undefined) add(index, true, guard)
  })
  const release = addStep(batch, { sql: 'RELEASE unit', args: [] }, BatchCond.ok(before.step))
  const failed = BatchCond.and(batch, [
    BatchCond.ok(savepoint.step),
    BatchCond.not(BatchCond.ok(release.step)),
  ])
  const rollback = addStep(batch, { sql: 'ROLLBACK TO unit', args: [] }, failed)
  const forget = addStep(batch, { sql: 'RELEASE unit', args: [] }, BatchCond.ok(rollback.step))
  return {
    alive: BatchCond.or(batch, [BatchCond.ok(release.step), BatchCond.ok(forget.step)]),
    async result(): Promise<UnitResult> {
      const settled = await Promise.all(
        [savepoint, ...steps.map((step) => step.planned)].map((step) => step.settled),
      )
      const fault = settled.findIndex(({ error }) => error !== undefined)
      if (fault !== -1) {
        return { kind: 'failed', statement: steps[fault - 1]?.statement ?? -1, error: settled[fault]?.error }
      }
      const results = steps.flatMap(({ statement, isGuard }, index) => {
        const result = settled[index + 1]?.result
        const sql = unit.statements[statement]?.sql
        return statement === -1 || isGuard || result === undefined || sql === undefined
          ? []
          : [toResult(result, sql)]
      })
      return { kind: 'done', results }
    },
  }
}

function addStep(batch: Batch, statement: Statement, condition?: BatchCond): PlannedStep {
  const step = batch.step()
  if (condition !== undefined) step.condition(condition)
  const settled: Promise<StepResult> = step.query([statement.sql, driverArguments(statement)]).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  return { step, settled }
}

function driverArguments(statement: Statement) {
  return toDriverArguments(statement.args, countParameters(statement.sql), statement.sql)
}

function lastError(results: readonly UnitResult[]): unknown {
  const failed = results.findLast((result) => result.kind === 'failed')
  return failed?.error ?? new Error('the transaction ended before its COMMIT')
}

function toResult(result: RowsResult, sql: string): StatementResult {
  const columns = result.columnNames.map((name) => name ?? '')
  const rows = result.rows.map((row) => columns.map((_, index) => toCell(row[index])))
  const changes = /\b(insert|update|delete|replace)\b/i.test(sql) ? result.affectedRowCount : 0
  return { columns, rows, changes }
}

function toCell(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return value as SqlValue // the client decodes integers as numbers, and there is no other type
}
