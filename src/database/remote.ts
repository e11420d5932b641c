import { AppError } from '../domain/errors.ts'
import type { Log, Row, Statement, WriteOutcome, WriteUnit } from '../domain/ports.ts'
import { type Answer, type GroupResult, settle, toRows, type Unit } from './delivery.ts'
import { createGate } from './gate.ts'
import { checkArguments, checkStatement } from './guards.ts'
import { loadDump } from './load-dump.ts'
import type { Durability, OpenedDatabase, ScriptOutcome, StatementResult } from './opened.ts'
import { codeOf, failureOf, isBusy } from './outcome.ts'
import { pause } from './pause.ts'
import { executeQuery, executeUnits } from './remote-batch.ts'
import { createRemoteClient, type RemoteClient, TransportError } from './remote-client.ts'
import { describeDurability } from './remote-durability.ts'
import { firstWord } from './statements.ts'
import { type Pending, WriteQueue } from './write-queue.ts'

export interface RemoteOptions {
  readonly url: URL
  readonly authToken: string | undefined
  readonly grouping: boolean
  /** How long a busy server, or one whose answer was lost, is tried again. */
  readonly patienceMs: number
  readonly requestTimeoutMs: number
  readonly unitsMax: number
  readonly log: Log | undefined
}

/** With the one write batch that makes four: what a small libsql-server serves without hanging. */
const READS_AT_ONCE = 3

/**
 * A libSQL server or Turso Cloud, over HTTP. All waiting units travel in one batch, and there is never a
 * second batch on the way: libsql-server hangs under concurrent write batches.
 */
export class RemoteDatabase implements OpenedDatabase {
  readonly kind = 'remote'
  readonly location: string
  readonly #options: RemoteOptions
  readonly #client: RemoteClient
  readonly #queue: WriteQueue<Answer>
  readonly #gate = createGate(READS_AT_ONCE)
  #closed = false

  constructor(options: RemoteOptions) {
    this.#options = options
    this.location = options.url.href.replace(/\/$/, '')
    this.#client = createRemoteClient(options.url, options.authToken, options.requestTimeoutMs)
    this.#queue = new WriteQueue({ ...options, statementsPerGroupMax: 1_000 }, (group) =>
      this.#deliver(group),
    )
  }

  async readFirst(query: Statement): Promise<Row | undefined> {
    return toRows(await this.query(query))[0]
  }

  async read(query: Statement): Promise<readonly Row[]> {
    return toRows(await this.query(query))
  }

  async query(statement: Statement): Promise<StatementResult> {
    if (!/^(SELECT|WITH|VALUES|EXPLAIN|PRAGMA)$/.test(firstWord(statement.sql))) {
      throw new TypeError(`a read cannot write: ${statement.sql}`)
    }
    checkArguments(statement)
    const deadline = performance.now() + this.#options.patienceMs
    for (let attempts = 1; ; attempts++) {
      if (this.#closed) throw new AppError('unavailable', 'The database is closed.')
      try {
        return await this.#gate(() => this.#client.request((stream) => executeQuery(stream, statement)))
      } catch (error) {
        if (!isWorthAnotherRead(error, attempts) || performance.now() > deadline) throw this.#failure(error)
        await pause(attempts)
      }
    }
  }

  async write(unit: WriteUnit): Promise<WriteOutcome> {
    unit.statements.forEach(checkStatement)
    return this.#queue.add<WriteOutcome>(unit)
  }

  async run(statements: readonly Statement[]): Promise<ScriptOutcome> {
    statements.forEach(checkStatement)
    const unit: Unit = { statements, described: true }
    return this.#queue.add<ScriptOutcome>(unit)
  }

  async durability(): Promise<Durability> {
    const answer = await this.query({ sql: 'PRAGMA synchronous', args: [] }).catch((error: unknown) => {
      if (error instanceof AppError) throw error
      return undefined // a hosted server may refuse the question
    })
    return describeDurability(answer?.rows[0]?.[0])
  }

  async copyTo(path: string): Promise<void> {
    try {
      await loadDump(this.#client.dump(), path)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    this.#closed = true
    this.#client.close()
  }

  /** Answers every unit; never throws. */
  async #deliver(group: readonly Pending<Answer>[]): Promise<void> {
    let waiting = group
    let doubtDeadline: number | undefined
    for (let attempts = 1; waiting.length > 0; attempts++) {
      const result = await this.#attempt(waiting)
      if (result.kind === 'committed') {
        settle(waiting, result.units, (error) => this.#failure(error))
        return
      }
      const { error } = result
      if (waiting.length > 1 && isParseError(error)) return this.#deliverOneByOne(waiting)
      const now = performance.now()
      if (result.kind === 'doubt') {
        doubtDeadline ??= now + this.#options.patienceMs
        // A unit without a name cannot find out whether it was done, and repeating it could do it twice.
        waiting = this.#leaveInDoubt(waiting, ({ unit }) => unit.opId === undefined, error)
      }
      if (doubtDeadline === undefined) {
        waiting = this.#giveUp(
          waiting,
          ({ deadline }) => !isWorthAnotherWrite(error) || deadline <= now,
          error,
        )
      } else {
        // Nothing but a clear answer or the deadline ends a doubt: the first try may have been done.
        const isOver = now >= doubtDeadline
        waiting = this.#leaveInDoubt(waiting, () => isOver, error)
      }
      if (waiting.length > 0) await pause(attempts * 5)
    }
  }

  /** A server refuses the whole batch for one statement it cannot parse: only its sender shall hear that. */
  async #deliverOneByOne(group: readonly Pending<Answer>[]): Promise<void> {
    for (const pending of group) await this.#deliver([pending])
  }

  async #attempt(group: readonly Pending<Answer>[]): Promise<GroupResult> {
    const units = group.map(({ unit }) => unit)
    try {
      return await this.#client.request((stream) => executeUnits(stream, units))
    } catch (error) {
      return { kind: error instanceof TransportError && error.maybeDone ? 'doubt' : 'nothing', error }
    }
  }

  #leaveInDoubt(
    group: readonly Pending<Answer>[],
    isOver: (pending: Pending<Answer>) => boolean,
    error: unknown,
  ): Pending<Answer>[] {
    return group.filter((pending) => {
      if (!isOver(pending)) return true
      this.#options.log?.warn({ error, op_id: pending.unit.opId }, 'the answer to a write was lost')
      if ((pending.unit as Unit).described === true) pending.fail(unknownScript(error))
      else pending.answer({ outcome: 'unknown', cause: error })
      return false
    })
  }

  #giveUp(
    group: readonly Pending<Answer>[],
    isOver: (pending: Pending<Answer>) => boolean,
    error: unknown,
  ): Pending<Answer>[] {
    return group.filter((pending) => {
      if (!isOver(pending)) return true
      pending.fail(this.#failure(error))
      return false
    })
  }

  #failure(error: unknown): unknown {
    if (!(error instanceof TransportError)) return failureOf(error, this.location)
    const sentence = `The database server ${this.location} cannot be reached. Nothing was changed; try again later.`
    return new AppError('unavailable', sentence, { cause: error, retryAfterSeconds: 5 })
  }
}

/** Does not connect yet. */
export function openRemote(options: RemoteOptions): OpenedDatabase {
  return new RemoteDatabase(options)
}

/** A kept connection that the server closed meanwhile, or a server without a free one. Not a slow one. */
function isWorthAnotherRead(error: unknown, attempts: number): boolean {
  if (!(error instanceof TransportError)) return isBusy(error)
  return error.fault === 'busy' || (error.fault === 'broken' && attempts < 4)
}

/** Nothing was done, and a moment later it may be possible. */
function isWorthAnotherWrite(error: unknown): boolean {
  return error instanceof TransportError ? error.fault === 'busy' : isBusy(error)
}

function isParseError(error: unknown): boolean {
  return /^SQL_(PARSE_ERROR|NO_STATEMENT|MANY_STATEMENTS)$/.test(codeOf(error))
}

function unknownScript(cause: unknown): AppError {
  const sentence =
    'The answer of the database server was lost: the statements may have been done or not. Look before repeating them.'
  return new AppError('unknown-outcome', sentence, { cause })
}
