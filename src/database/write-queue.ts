import { AppError } from '../domain/errors.ts'
import type { WriteUnit } from '../domain/ports.ts'

/** A unit on its way into the database, with the one who waits for its answer. */
export interface Pending<Answer> {
  readonly unit: WriteUnit
  /** On the clock of `performance.now()`: how long a lock or a lost answer may keep the unit waiting. */
  readonly deadline: number
  readonly answer: (answer: Answer) => void
  readonly fail: (error: unknown) => void
}

export interface WriteQueueOptions {
  /** Off: one unit per commit. The bench compares both. */
  readonly grouping: boolean
  /** How many units may wait; one more is refused as `unavailable`. */
  readonly unitsMax: number
  /** A group runs without a pause, so this bounds how long it holds the event loop. */
  readonly statementsPerGroupMax: number
  readonly patienceMs: number
}

/**
 * Gathers waiting units into groups, one group at a time, in the order they came. A durable commit costs
 * the same for one unit and for a hundred: that is where the speed of concurrent sign-ups comes from.
 */
export class WriteQueue<Answer> {
  readonly #options: WriteQueueOptions
  readonly #deliver: (group: Pending<Answer>[]) => Promise<void> | undefined
  #waiting: Pending<Answer>[] = []
  #working: Promise<void> | undefined
  #closed = false

  /** `deliver` answers or fails every unit of the group it is given; it never throws. */
  constructor(options: WriteQueueOptions, deliver: (group: Pending<Answer>[]) => Promise<void> | undefined) {
    this.#options = options
    this.#deliver = deliver
  }

  /** Throws AppError `unavailable` when the queue is full or closed; then nothing was written. */
  add<T extends Answer>(unit: WriteUnit): Promise<T> {
    if (this.#closed) throw new AppError('unavailable', 'The database is closed. Nothing was changed.')
    if (this.#waiting.length >= this.#options.unitsMax) {
      throw new AppError(
        'unavailable',
        'Too many writes are waiting for the database. Nothing was changed; try again.',
        {
          retryAfterSeconds: 1,
        },
      )
    }
    return new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + this.#options.patienceMs
      // Whoever adds a unit knows which kind of answer its delivery gives.
      this.#waiting.push({ unit, deadline, answer: resolve as (answer: Answer) => void, fail: reject })
      this.#working ??= this.#work()
    })
  }

  /** Answers when everything that was accepted is answered. Nothing is accepted from now on. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#working
  }

  async #work(): Promise<void> {
    await this.#gather()
    while (this.#waiting.length > 0) {
      await this.#deliver(this.#takeGroup())
      await this.#gather()
    }
    this.#working = undefined
  }

  /**
   * One turn of the event loop lets everybody who is about to write join the group too. As long as each turn brings more, one
   * more is worth it: a turn takes microseconds, a commit a good part of a millisecond.
   */
  async #gather(): Promise<void> {
    for (let turns = 1; ; turns++) {
      const before = this.#waiting.length
      await nextTurn()
      const isGrowing = this.#waiting.length > before
      if (!this.#options.grouping || !isGrowing || turns === TURNS_MAX) return
    }
  }

  #takeGroup(): Pending<Answer>[] {
    const countMax = this.#options.grouping ? this.#waiting.length : 1
    let statements = 0
    let count = 0
    for (const pending of this.#waiting) {
      statements += pending.unit.statements.length
      if (count > 0 && (count >= countMax || statements > this.#options.statementsPerGroupMax)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

/** Who waits already does not wait for everybody who may still come. */
const TURNS_MAX = 8

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
