import type { OpenedDatabase } from '../../src/database/opened.ts'
import type { Telephony } from '../../src/domain/telephony.ts'

/**
 * The places in which a worker can die or fall asleep: before and after everything it does outside of itself - each write
 * and each call of Twilio. Dying between two reads is dying before what comes next.
 */
export interface Places {
  /** In the order in which they were passed, such as `before write` or `after buy`. */
  readonly passed: readonly string[]
  database(real: OpenedDatabase): OpenedDatabase
  telephony(real: Telephony): Telephony
  /** From now on places count. `at`: told at each of them; whoever does not answer stops the worker there. */
  arm(at: (place: string, index: number) => Promise<void> | undefined): void
  disarm(): void
}

export function createPlaces(): Places {
  const passed: string[] = []
  let at: ((place: string, index: number) => Promise<void> | undefined) | undefined
  const pass = async (place: string): Promise<void> => {
    if (at === undefined) return
    passed.push(place)
    await at(place, passed.length)
  }
  const around = async <Result>(name: string, run: () => Promise<Result>): Promise<Result> => {
    await pass(`before ${name}`)
    try {
      return await run()
    } finally {
      await pass(`after ${name}`)
    }
  }
  return {
    passed,
    arm: (next) => {
      at = next
    },
    disarm: () => {
      at = undefined
    },
    database: (real) => ({
      kind: real.kind,
      location: real.location,
      read: (query) => real.read(query),
      readFirst: (query) => real.readFirst(query),
      query: (query) => real.query(query),
      durability: () => real.durability(),
      run: (statements) => real.run(statements),
      copyTo: (path) => real.copyTo(path),
      close: () => real.close(),
      write: (unit) => around('write', () => real.write(unit)),
    }),
    telephony: (real) => ({
      search: (limit) => around('search', () => real.search(limit)),
      buy: (order) => around('buy', () => real.buy(order)),
      find: (e164) => around('find', () => real.find(e164)),
      list: () => around('list', () => real.list()),
      configure: (sid, urls) => around('configure', () => real.configure(sid, urls)),
      release: (sid) => around('release', () => real.release(sid)),
      smsStatuses: () => real.smsStatuses(),
      account: () => real.account(),
    }),
  }
}

/** Answers when it is told, or never: a worker that waits for it is dead. */
export interface Sleep {
  readonly fallen: Promise<void>
  fall(): Promise<void>
  wake(): void
}

export function createSleep(): Sleep {
  let wake = () => {}
  let fell = () => {}
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  const fallen = new Promise<void>((resolve) => {
    fell = resolve
  })
  return {
    fallen,
    fall() {
      fell()
      return woken
    },
    wake: () => wake(),
  }
}
