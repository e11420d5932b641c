import type Libsql from 'libsql'
import { AppError } from '../domain/errors.ts'
import type { Log, Row, Statement, WriteOutcome, WriteUnit } from '../domain/ports.ts'
import { type Answer, settle, type Unit } from './delivery.ts'
import { guardOf } from './guards.ts'
import { LocalConnection } from './local-connection.ts'
import { commitUnits } from './local-group.ts'
import type { Durability, OpenedDatabase, ScriptOutcome, StatementResult } from './opened.ts'
import { failureOf, isBusy } from './outcome.ts'
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
    const unit: Unit = { statements, described: true }
    return this.#enqueue<ScriptOutcome>(unit)
  }

  async durability(): Promise<Durability> {
    const level = this.#openWriter().pragma('synchronous') === 2 ? 'full' : 'normal'
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

  async #enqueue<T extends Answer>(unit: Unit): Promise<T> {
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
    this.#openWriter().exec('BEGIN IMMEDIATE')
  }

  #openWriter(): LocalConnection {
    if (!this.#writer.isOpen) this.#writer = this.#connect('writer')
    return this.#writer
  }

  /**
   * Somebody else writes. The connection that met the lock is thrown away: after a BUSY the driver can
   * acknowledge a write that is never committed. Its successor has run nothing yet, so it may ask again and again;
   * a new one for each try would keep thousands of files open until the driver's statements are collected.
   * The pause is outside of the driver, so the event loop runs on.
   */
  async #deliverPatiently(group: Pending<Answer>[], first: unknown): Promise<void> {
    this.#discardWriter()
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

  /** Inside BEGIN IMMEDIATE. Answers every unit. */
  #commitGroup(group: readonly Pending<Answer>[]): void {
    const result = commitUnits(
      this.#writer,
      group.map(({ unit }) => unit),
    )
    if (result.kind === 'committed') settle(group, result.units, (error) => failureOf(error, this.location))
    else if (result.kind === 'nothing') this.#failGroup(group, result.error)
    else this.#doubtGroup(group, result.error)
  }

  /** Nothing of the group happened. */
  #failGroup(group: readonly Pending<Answer>[], error: unknown): void {
    this.#options.log?.error({ error, units: group.length }, 'a group of writes failed as a whole')
    const failure = failureOf(error, this.location)
    for (const pending of group) pending.fail(failure)
    this.#discardWriter()
  }

  #doubtGroup(group: readonly Pending<Answer>[], error: unknown): void {
    this.#options.log?.error({ error, units: group.length }, 'the outcome of a commit is unknown')
    const failure = failureOf(error, this.location)
    for (const pending of group) {
      if ((pending.unit as Unit).described === true) pending.fail(failure)
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
