import { listChanges } from '../actions/list-changes.ts'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { SignedIn } from '../domain/sessions.ts'
import { EventStream, eventBytes } from './event-stream.ts'

/** Tells every stream of this process what changed, whichever process changed it. */
export interface ChangeFeed {
  /**
   * A stream of this user's changes from now on, or after the revision a device saw last. Throws AppError `too-often`
   * for more streams than anybody needs, `unavailable` while the server stops.
   */
  open(signedIn: SignedIn, lastSeen: number | undefined): ReadableStream<Uint8Array>
  /** How many streams are open. */
  count(): number
  /** Ends every stream and opens none any more. */
  close(): void
}

type Parts = Pick<App, 'users' | 'changes' | 'sessions' | 'clock' | 'log'>

/** How often the change log is looked at while somebody listens: what another process wrote is seen within this. */
const LOOK_EVERY_MS = 250
/** Many writes in this process at once cost one look in this time. */
const LOOK_AGAIN_AFTER_MS = 20
/** How long an ended session may still hear at most, with the time until the next look. */
const CHECK_SESSIONS_EVERY_MS = 400
const HEARTBEAT_EVERY_MS = 15_000
/** Then the device connects again, and its session counts as used. */
const STREAM_LIFE_MS = 6 * 60 * 60 * 1000
const CHANGES_AT_ONCE = 500
const USERS_AT_ONCE = 16
const STREAMS_PER_USER_MAX = 2000

/**
 * One for all streams of a process: it reads the log once for everybody, writes each change into bytes once per user, and
 * rests while nobody listens. `onWrite` tells of writes of this process, so that those are seen at once.
 */
export function createChangeFeed(app: Parts, onWrite?: (listener: () => void) => () => void): ChangeFeed {
  const streams = new Map<string, Set<EventStream>>()
  const feed = new Follower(app, streams)
  let stopListening: (() => void) | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let closed = false

  const started = () => {
    stopListening = onWrite?.(() => feed.poke())
    heartbeat = setInterval(() => {
      for (const stream of everyStream(streams)) stream.beat()
    }, HEARTBEAT_EVERY_MS).unref()
  }
  const rested = () => {
    stopListening?.()
    clearInterval(heartbeat)
    feed.rest()
  }
  const left = (stream: EventStream) => {
    const own = streams.get(stream.userId)
    if (own?.delete(stream) !== true) return
    if (own.size === 0) streams.delete(stream.userId)
    if (streams.size === 0) rested()
  }
  return {
    open(signedIn, lastSeen) {
      if (closed) throw new AppError('unavailable', 'The server is stopping. Connect again in a moment.')
      const own = streams.get(signedIn.user.id) ?? new Set()
      if (own.size >= STREAMS_PER_USER_MAX)
        throw new AppError('too-often', 'There are too many connections of this account. Close some of them.')
      const stream = new EventStream(signedIn, lastSeen, app.clock.now(), left)
      if (streams.size === 0) started()
      streams.set(signedIn.user.id, own.add(stream))
      feed.welcome(signedIn.user.id)
      return stream.readable
    },
    count: () => [...streams.values()].reduce((sum, own) => sum + own.size, 0),
    close() {
      closed = true
      for (const stream of everyStream(streams)) stream.end()
    },
  }
}

function everyStream(streams: ReadonlyMap<string, ReadonlySet<EventStream>>): EventStream[] {
  return [...streams.values()].flatMap((own) => [...own])
}

/** Follows the change log for the users somebody listens to. */
class Follower {
  readonly #app: Parts
  readonly #streams: ReadonlyMap<string, ReadonlySet<EventStream>>
  /** Users whose streams may not have heard everything yet. Survives an outage of the database. */
  readonly #behind = new Set<string>()
  /** Up to where the log was read; undefined while nobody listens. */
  #position: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #isPoked = false
  #isOut = false
  #lookedAt = 0
  #checkedAt = 0

  constructor(app: Parts, streams: ReadonlyMap<string, ReadonlySet<EventStream>>) {
    this.#app = app
    this.#streams = streams
  }

  /** A stream was opened: something may have happened between its sign-in and now. */
  welcome(userId: string): void {
    this.#behind.add(userId)
    this.poke()
  }

  poke(): void {
    this.#isPoked = true
    const since = performance.now() - this.#lookedAt
    if (!this.#isLooking) this.#lookIn(Math.max(0, LOOK_AGAIN_AFTER_MS - since))
  }

  /** Nobody listens any more. A look under way keeps its place, because somebody may come while it lasts. */
  rest(): void {
    if (this.#isLooking) return
    clearTimeout(this.#timer)
    this.#position = undefined
    this.#behind.clear()
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), ms).unref()
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#isPoked = false
    this.#lookedAt = performance.now()
    try {
      await this.#readLog()
      await this.#catchUp()
      await this.#endSessions()
      if (this.#isOut) this.#app.log.info({}, 'event streams follow the changes again')
      this.#isOut = false
    } catch (error) {
      // Streams stay open and nothing is lost: the next look goes on where this one stopped.
      if (!this.#isOut) this.#app.log.warn({ err: error }, 'event streams cannot follow the changes')
      this.#isOut = true
    }
    this.#isLooking = false
    if (this.#streams.size === 0) this.rest()
    else this.#lookIn(this.#isPoked && !this.#isOut ? LOOK_AGAIN_AFTER_MS : LOOK_EVERY_MS)
  }

  async #readLog(): Promise<void> {
    this.#position ??= await this.#app.changes.latestRevision()
    for (;;) {
      const changes = await this.#app.changes.listAll(this.#position, CHANGES_AT_ONCE)
      for (const { user_id } of changes) if (this.#streams.has(user_id)) this.#behind.add(user_id)
      const last = changes.at(-1)
      if (last === undefined || this.#streams.size === 0) return
      this.#position = last.revision
      if (changes.length < CHANGES_AT_ONCE) return
    }
  }

  async #catchUp(): Promise<void> {
    const behind = [...this.#behind]
    for (let at = 0; at < behind.length; at += USERS_AT_ONCE)
      await Promise.all(behind.slice(at, at + USERS_AT_ONCE).map((userId) => this.#tell(userId)))
  }

  async #tell(userId: string): Promise<void> {
    // Before reading: who comes meanwhile is behind again.
    this.#behind.delete(userId)
    const own = this.#streams.get(userId)
    if (own === undefined) return
    try {
      const oldest = Math.min(...[...own].map(({ position }) => position))
      const changes = await listChanges(this.#app, userId, oldest)
      if (changes === undefined) for (const stream of [...own]) stream.end()
      const events = (changes ?? []).map((change) => ({
        revision: change.revision,
        bytes: eventBytes(change),
      }))
      for (const stream of [...own]) stream.tell(events)
    } catch (error) {
      this.#behind.add(userId)
      throw error
    }
  }

  async #endSessions(): Promise<void> {
    if (performance.now() - this.#checkedAt < CHECK_SESSIONS_EVERY_MS) return
    const streams = everyStream(this.#streams)
    const now = this.#app.clock.now()
    const live = await this.#app.sessions.findLive([...new Set(streams.map((one) => one.sessionId))], now)
    this.#checkedAt = performance.now()
    for (const stream of streams)
      if (!live.has(stream.sessionId) || now - stream.openedAt > STREAM_LIFE_MS) stream.end()
  }
}
