import { type Batch, BatchCond, type BatchStep, type HttpStream, type RowsResult } from '@libsql/hrana-client'
import type { SqlValue, Statement } from '../domain/ports.ts'
import { toDriverArguments } from './arguments.ts'
import {
  type GroupResult,
  NAME_RECORD,
  resultOfFault,
  toRows,
  type Unit,
  type UnitResult,
} from './delivery.ts'
import { guardOf, recordOperation } from './guards.ts'
import type { StatementResult } from './opened.ts'
import { isCleanCommitFailure } from './outcome.ts'
import { countParameters } from './statements.ts'

/**
 * All units in one transaction and one request. Every step runs only when the one before did, so a unit
 * stops at its first fault and is rolled back to its savepoint. Each unit begins only when the one before
 * was released or rolled back: when the transaction ended silently (a full disk does that), ROLLBACK TO
 * fails and everything behind is skipped - a SAVEPOINT alone would begin, and commit, a transaction of its own.
 */
export async function executeUnits(stream: HttpStream, units: readonly Unit[]): Promise<GroupResult> {
  const batch = stream.batch()
  const begin = addStep(batch, { sql: 'BEGIN IMMEDIATE', args: [] })
  let alive = BatchCond.ok(begin.step)
  const plans = units.map((unit) => {
    const plan = addUnit(batch, unit, alive)
    alive = plan.alive
    return plan
  })
  const commit = addStep(batch, { sql: 'COMMIT', args: [] }, alive)
  const undo = [BatchCond.ok(begin.step), BatchCond.not(BatchCond.ok(commit.step))]
  addStep(batch, { sql: 'ROLLBACK', args: [] }, BatchCond.and(batch, undo))
  await batch.execute()

  const [began, committed] = await Promise.all([begin.settled, commit.settled])
  if (began.error !== undefined) return { kind: 'nothing', error: began.error }
  if (committed.error !== undefined) {
    return { kind: isCleanCommitFailure(committed.error) ? 'nothing' : 'doubt', error: committed.error }
  }
  if (committed.result === undefined) return { kind: 'nothing', error: await lastFault(plans) }
  return {
    kind: 'committed',
    units: await Promise.all(units.map((unit, n) => resultOf(unit, plans[n]?.steps ?? []))),
  }
}

/** One read, as one step; rows in the order of their columns. */
export async function executeQuery(stream: HttpStream, query: Statement): Promise<StatementResult> {
  return toResult(await stream.query([query.sql, driverArguments(query)]), query.sql)
}

/** What a step gave: a result, an error, or neither when its condition did not hold. */
type StepResult = { readonly result?: RowsResult | undefined; readonly error?: unknown }

interface PlannedStep {
  readonly step: BatchStep
  readonly settled: Promise<StepResult>
}

/** A step of a unit: one of its statements, the guard of one, or the record of the unit's name. */
interface UnitStep extends PlannedStep {
  readonly statement: number
  readonly isGuard: boolean
}

interface Plan {
  readonly steps: readonly UnitStep[]
  /** Holds when the transaction is still there behind this unit. */
  readonly alive: BatchCond
}

function addUnit(batch: Batch, unit: Unit, alive: BatchCond): Plan {
  const savepoint = addStep(batch, { sql: 'SAVEPOINT unit', args: [] }, alive)
  const steps: UnitStep[] = []
  const add = (statement: number, isGuard: boolean, sql: Statement): void => {
    const before = steps.at(-1) ?? savepoint
    steps.push({ ...addStep(batch, sql, BatchCond.ok(before.step)), statement, isGuard })
  }
  if (unit.opId !== undefined) add(NAME_RECORD, false, recordOperation(unit.opId))
  unit.statements.forEach((statement, index) => {
    add(index, false, statement)
    const guard = guardOf(statement)
    if (guard !== undefined) add(index, true, guard)
  })
  const last = steps.at(-1) ?? savepoint
  const release = addStep(batch, { sql: 'RELEASE unit', args: [] }, BatchCond.ok(last.step))
  const failed = [BatchCond.ok(savepoint.step), BatchCond.not(BatchCond.ok(release.step))]
  const rollback = addStep(batch, { sql: 'ROLLBACK TO unit', args: [] }, BatchCond.and(batch, failed))
  const forget = addStep(batch, { sql: 'RELEASE unit', args: [] }, BatchCond.ok(rollback.step))
  return { steps, alive: BatchCond.or(batch, [BatchCond.ok(release.step), BatchCond.ok(forget.step)]) }
}

async function resultOf(unit: Unit, steps: readonly UnitStep[]): Promise<UnitResult> {
  const results: StatementResult[] = []
  for (const { settled, statement, isGuard } of steps) {
    const { result, error } = await settled
    if (error !== undefined) return resultOfFault(unit, statement, error)
    const sql = unit.statements[statement]?.sql
    if (!isGuard && result !== undefined && sql !== undefined) results.push(toResult(result, sql))
  }
  if (unit.described === true) return { answer: { outcome: 'done', results } }
  return { answer: { outcome: 'done', rows: results.map(toRows), replayed: false } }
}

/** The last error of a transaction that ended on the way: nothing ran behind it. */
async function lastFault(plans: readonly Plan[]): Promise<unknown> {
  const settled = await Promise.all(plans.flatMap(({ steps }) => steps.map((step) => step.settled)))
  const fault = settled.findLast(({ error }) => error !== undefined)
  return fault?.error ?? new Error('the transaction ended before its COMMIT')
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
