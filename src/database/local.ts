import type Libsql from 'libsql'
import { AppError } from '../domain/errors.ts'
import type { Log, Row, Statement, WriteOutcome, WriteUnit } from '../domain/ports.ts'
import { guardOf, recordOperation } from './guards.ts'
import { LocalConnection } from './local-connection.ts'
import type { Durability, OpenedDatabase, ScriptOutcome, StatementResult } from './opened.ts'
import { failureOf, isBusy, isCleanCommitFailure, refusalOf } from './outcome.ts'
import { pause } from './pause.ts'
import { type Pending, WriteQueue } from './write-queue.ts'

export interface LocalOptions {
  readonly driver: typeof Libsql
  readonly path: string
  /** One commit for all waiting units. */
  readonly grouping: boolean
  /** How long a lock held by another process is waited for. */
  readonly patienceMs: number
  readonly unitsMax: number
  readonly log?: Log | undefined
}

type Answer = WriteOutcome | ScriptOutcome
/** A unit as the queue carries it; `described` when the one who waits wants columns and counts. */
interface LocalUnit extends WriteUnit {
  readonly described?: true
}

/** A local libSQL file: one connection that writes, one that reads, and a queue in front of the writer. */
export class LocalDatabase implements OpenedDatabase {
  readonly kind = 'local'
  readonly location: string
  readonly #options: LocalOptions
  readonly #queue: WriteQueue<Answer>
  #writer: LocalConnection
  #reader: LocalConnection
  #closed = false

  /** Throws the driver's error when the file cannot be opened now. */
  constructor(options: LocalOptions) {
    this.location = options.path
    this.#options = options
    this.#writer = this.#connect('writer')
    this.#reader = this.#connect('reader')
    this.#queue = new WriteQueue({ ...options, statementsPerGroupMax: 2_000 }, (group) =>
      this.#deliver(group),
    )
  }

  #connect(mode: 'writer' | 'reader'): LocalConnection {
    return LocalConnection.open(this.#options.driver, this.#options.path, mode)
  }

  readFirst(query: Statement): Promise<Row | undefined> {
    return this.#read((reader) => reader.first(query))
  }

  read(query: Statement): Promise<readonly Row[]> {
    return this.#read((reader) => reader.all(query))
  }

  query(statement: Statement): Promise<StatementResult> {
    return this.#read((reader) => reader.describe(statement))
  }

  write(unit: WriteUnit): Promise<WriteOutcome> {
    return this.#enqueue<WriteOutcome>(unit)
  }

  run(statements: readonly Statement[]): Promise<ScriptOutcome> {
    const unit: LocalUnit = { statements, described: true }
    return this.#enqueue<ScriptOutcome>(unit)
  }

  async durability(): Promise<Durability> {
    const level = this.#writer.pragma('synchronous') === 2 ? 'full' : 'normal'
    const message = `every commit is on the disk before it is acknowledged (synchronous=${level.toUpperCase()})`
    return { level, message }
  }

  async copyTo(path: string): Promise<void> {
    // A connection of its own: VACUUM cannot run where another statement is at work.
    const connection = this.#connect('writer')
    try {
      connection.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`)
    } catch (error) {
      throw failureOf(error, this.location)
    } finally {
      connection.close()
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    if (this.#closed) return
    this.#closed = true
    this.#reader.close()
    this.#writer.close()
  }

  async #enqueue<T extends Answer>(unit: LocalUnit): Promise<T> {
    for (const statement of unit.statements) guardOf(statement) // a guard that cannot work is a bug of the caller
    return this.#queue.add<T>(unit)
  }

  /** Not async: a lookup costs microseconds, and an async function would add a tenth to it. */
  #read<T>(attempt: (reader: LocalConnection) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new AppError('unavailable', 'The database is closed.'))
    try {
      return Promise.resolve(attempt(this.#reader))
    } catch (error) {
      return isBusy(error) ? this.#readPatiently(attempt) : Promise.reject(failureOf(error, this.location))
    }
  }

  /** Readers meet a lock only while another process opens or closes the file for the first or last time. */
  async #readPatiently<T>(attempt: (reader: LocalConnection) => T): Promise<T> {
    const deadline = performance.now() + this.#options.patienceMs
    for (let attempts = 1; ; attempts++) {
      await pause(attempts)
      if (this.#closed) throw new AppError('unavailable', 'The database is closed.')
      try {
        this.#reader.close()
        this.#reader = this.#connect('reader')
        return attempt(this.#reader)
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw failureOf(error, this.location)
      }
    }
  }

  #deliver(group: Pending<Answer>[]): Promise<void> | undefined {
    try {
      this.#begin()
    } catch (error) {
      return this.#deliverPatiently(group, error)
    }
    this.#commitGroup(group)
    return undefined
  }

  /** Alone and through `exec`: nothing else may ever meet a lock. Throws the driver's error. */
  #begin(): void {
    if (!this.#writer.isOpen) this.#writer = this.#connect('writer')
    this.#writer.exec('BEGIN IMMEDIATE')
  }

  /**
   * Somebody else writes. The connection that met the lock is thrown away: after a BUSY the driver can
   * acknowledge a write that is never committed. Its successor has run nothing yet, so it may ask again and again;
   * a new one for each try would keep thousands of files open until the driver's statements are collected.
   * The pause is outside of the driver, so the event loop runs on.
   */
  async #deliverPatiently(group: Pending<Answer>[], first: unknown): Promise<void> {
    this.#writer.close()
    let waiting = group
    let error = first
    for (let attempts = 1; isBusy(error); attempts++) {
      waiting = this.#giveUpLate(waiting, error)
      if (waiting.length === 0) return
      await pause(attempts)
      try {
        this.#begin()
      } catch (failure) {
        error = failure
        continue
      }
      this.#commitGroup(waiting)
      return
    }
    this.#failGroup(waiting, error)
  }

  #giveUpLate(group: Pending<Answer>[], error: unknown): Pending<Answer>[] {
    const now = performance.now()
    return group.filter((pending) => {
      if (pending.deadline > now) return true
      pending.fail(failureOf(error, this.location))
      return false
    })
  }

  /** Inside BEGIN IMMEDIATE. Answers every unit; never throws. */
  #commitGroup(group: Pending<Answer>[]): void {
    const answers: (() => void)[] = []
    try {
      for (const pending of group) answers.push(this.#executeUnit(pending))
      // A transaction that ended on the way would let COMMIT fail, or worse, commit half of the group.
      if (!this.#writer.inTransaction) throw new Error('the transaction ended before its COMMIT')
    } catch (error) {
      this.#failGroup(group, error)
      return
    }
    try {
      this.#writer.exec('COMMIT')
    } catch (error) {
      if (isCleanCommitFailure(error)) this.#failGroup(group, error)
      else this.#doubtGroup(group, error)
      return
    }
    for (const answer of answers) answer()
  }

  /** Throws only when the transaction of the whole group is gone. */
  #executeUnit(pending: Pending<Answer>): () => void {
    const writer = this.#writer
    const unit: LocalUnit = pending.unit
    const results: unknown[] = []
    let index = 0
    try {
      writer.step('SAVEPOINT unit')
      if (unit.opId !== undefined) {
        index = -1
        writer.execute(recordOperation(unit.opId))
        index = 0
      }
      for (const statement of unit.statements) {
        results.push(unit.described ? writer.describe(statement) : writer.execute(statement))
        const guard = guardOf(statement)
        if (guard !== undefined) writer.execute(guard)
        index++
      }
      writer.step('RELEASE unit')
    } catch (error) {
      // A full disk ends the transaction without a word; the next unit would then commit by itself.
      if (!writer.inTransaction || isBusy(error)) throw error
      writer.step('ROLLBACK TO unit')
      writer.step('RELEASE unit')
      return this.#answerFailed(pending, index, error)
    }
    const answer = (
      unit.described ? { outcome: 'done', results } : { outcome: 'done', rows: results, replayed: false }
    ) as Answer // results were collected in the shape that `described` asks for
    return () => pending.answer(answer)
  }

  #answerFailed(pending: Pending<Answer>, statement: number, error: unknown): () => void {
    const refusal = refusalOf(error)
    if (refusal === undefined) return () => pending.fail(failureOf(error, this.location))
    if (statement === -1) return () => pending.answer({ outcome: 'done', rows: [], replayed: true })
    const { described } = pending.unit as LocalUnit
    const message = error instanceof Error ? error.message : String(error)
    return () =>
      pending.answer(
        described ? { outcome: 'refused', statement, message } : { outcome: 'refused', statement, refusal },
      )
  }

  /** Nothing of the group happened. */
  #failGroup(group: Pending<Answer>[], error: unknown): void {
    this.#options.log?.error({ error, units: group.length }, 'a group of writes failed as a whole')
    const failure = failureOf(error, this.location)
    for (const pending of group) pending.fail(failure)
    this.#discardWriter()
  }

  /** The disk failed while committing: after a crash the group may turn out to be there. */
  #doubtGroup(group: Pending<Answer>[], error: unknown): void {
    this.#options.log?.error({ error, units: group.length }, 'the outcome of a commit is unknown')
    for (const pending of group) {
      if ((pending.unit as LocalUnit).described) pending.fail(failureOf(error, this.location))
      else pending.answer({ outcome: 'unknown', cause: error })
    }
    this.#discardWriter()
  }

  /** The next group opens another one, or says why it cannot. */
  #discardWriter(): void {
    try {
      this.#writer.close()
    } catch (error) {
      this.#options.log?.warn(
        { error },
        'a failed transaction could not be ended; its connection is abandoned',
      )
    }
  }
}
