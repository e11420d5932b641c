import { deliver } from './deliveries.ts'
import { runTimer } from './engine/timers.ts'
import type { Delivery, Timer } from './records.ts'
import { keysOf, type Sandbox } from './sandbox.ts'

const DAY_MS = 86_400_000
const LOOK_AFTER_MS = { min: 20, max: 60_000 }

/** Makes happen what is due: timers and deliveries, one after the other in the order of their times. */
export interface Pump {
  /** Something may have become due. */
  poke(): void
  /** Moves the clock and answers when everything that became due on the way has happened. */
  advance(ms: number): Promise<void>
  /** Stops; what is under way is cut off and happens again later. */
  close(): Promise<void>
}

export function createPump(sandbox: Sandbox): Pump {
  const stop = new AbortController()
  let tail: Promise<void> = Promise.resolve()
  let wake: NodeJS.Timeout | undefined
  let isPoked = false

  function turn(work: () => Promise<void>): Promise<void> {
    const mine = tail.then(work)
    tail = mine.catch((error: unknown) => {
      sandbox.log?.error({ error }, 'The Stripe sandbox could not do what was due.')
    })
    return mine
  }

  async function catchUp(untilMs: number): Promise<void> {
    for (
      let next = firstDue(sandbox, untilMs);
      next && !stop.signal.aborted;
      next = firstDue(sandbox, untilMs)
    ) {
      moveTo(sandbox, next.atMs)
      if ('kind' in next) runTimer(sandbox, next)
      else await deliver(sandbox, dueTogether(sandbox, next.atMs), stop.signal)
      await sandbox.store.flush()
    }
  }

  /** Looks again when the next thing is due by the machine's clock, at the latest in a minute. */
  function sleep(): void {
    clearTimeout(wake)
    const next = firstDue(sandbox, Number.POSITIVE_INFINITY)
    if (stop.signal.aborted || next === undefined) return
    const { min, max } = LOOK_AFTER_MS
    wake = setTimeout(poke, Math.min(max, Math.max(min, next.atMs - sandbox.time.now())))
    wake.unref()
  }

  function poke(): void {
    if (isPoked || stop.signal.aborted) return
    isPoked = true
    void turn(async () => {
      isPoked = false
      await catchUp(sandbox.time.now())
      sleep()
    }).catch(sleep) // `turn` has told the log
  }

  return {
    poke,
    advance: (ms) =>
      turn(async () => {
        const target = sandbox.time.now() + ms
        await catchUp(target)
        moveTo(sandbox, target)
        forgetOld(sandbox)
        await sandbox.store.flush()
        sleep()
      }),
    async close() {
      stop.abort()
      clearTimeout(wake)
      await tail
    },
  }
}

type Due = Timer | Delivery

function firstDue({ store }: Sandbox, untilMs: number): Due | undefined {
  let first: Due | undefined
  // Deliveries before timers of the same moment: news before what comes next.
  for (const one of [...store.all('delivery'), ...store.all('timer')]) {
    if (one.atMs <= untilMs && (first === undefined || one.atMs < first.atMs)) first = one
  }
  return first
}

/** All deliveries until now that no timer comes before. */
function dueTogether({ store, time }: Sandbox, fromMs: number): Delivery[] {
  const timers = store.all('timer').map(({ atMs }) => atMs)
  const untilMs = Math.max(fromMs, Math.min(time.now(), ...timers))
  return store.all('delivery').filter(({ atMs }) => atMs <= untilMs)
}

/** Notes how far ahead the clock is, so that it never goes back over a restart. */
function moveTo(sandbox: Sandbox, ms: number): void {
  const { store, time } = sandbox
  time.moveTo(ms)
  const keys = keysOf(sandbox)
  if (time.ahead() > keys.aheadMs) store.transact(() => store.put('keys', { ...keys, aheadMs: time.ahead() }))
}

/** Drops what Stripe does not show any more. */
export function forgetOld(sandbox: Sandbox): void {
  const { store, time } = sandbox
  const now = time.now()
  const events = store.all('event').filter(({ created }) => created * 1000 < now - 30 * DAY_MS)
  const thin = store.all('thin_event').filter(({ created }) => Date.parse(created) < now - 30 * DAY_MS)
  const answers = store.all('answer').filter(({ at }) => at * 1000 < now - DAY_MS)
  store.transact(() => {
    for (const { id } of events) store.remove('event', id)
    for (const { id } of thin) store.remove('thin_event', id)
    for (const { id } of answers) store.remove('answer', id)
  })
}
