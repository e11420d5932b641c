import type { SignedIn } from '../domain/sessions.ts'
import type { UserChange } from '../domain/user-changes.ts'

/** A change as it goes over the wire: made once, sent to every stream of the user. */
export interface WireEvent {
  readonly revision: number
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()

/** https://html.spec.whatwg.org/multipage/server-sent-events.html; the JSON is one line. */
export function eventBytes(change: UserChange): Uint8Array {
  const { revision, changed, user } = change
  const data = JSON.stringify({ revision, changed, user })
  return encoder.encode(`event: change\nid: ${revision}\ndata: ${data}\n\n`)
}

/** So much waits for a slow reader; who is further behind is dropped and comes back with the last id they have. */
const WAITING_BYTES_MAX = 64 * 1024
const RECONNECT_AFTER_MS = 1000
const BEAT = encoder.encode(': \n\n')

/** One open connection of one device. */
export class EventStream {
  readonly userId: string
  readonly sessionId: string
  readonly openedAt: number
  readonly readable: ReadableStream<Uint8Array>
  /** The last revision it has heard of. */
  position: number
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  readonly #left: (stream: EventStream) => void

  /** `left` is called once, when it is over for whatever reason. */
  constructor(
    { user, session, revision }: SignedIn,
    lastSeen: number | undefined,
    openedAt: number,
    left: (stream: EventStream) => void,
  ) {
    this.userId = user.id
    this.sessionId = session.id
    this.openedAt = openedAt
    this.#left = left
    // Ahead of what there is: another history. Then the state now is all we can tell.
    const isFromElsewhere = lastSeen !== undefined && lastSeen > revision
    this.position = isFromElsewhere ? revision : (lastSeen ?? revision)
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
          // An id without data is no event, but browsers keep it: whoever loses this connection before the first
          // event still resumes from here.
          controller.enqueue(encoder.encode(`retry: ${RECONNECT_AFTER_MS}\nid: ${this.position}\n\n`))
          if (isFromElsewhere) controller.enqueue(eventBytes({ revision, changed: [], user }))
        },
        cancel: () => this.#leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES_MAX }),
    )
  }

  /** What it has not heard yet. */
  tell(events: readonly WireEvent[]): void {
    for (const { revision, bytes } of events) {
      if (revision <= this.position || !this.#send(bytes)) continue
      this.position = revision
    }
  }

  beat(): void {
    this.#send(BEAT)
  }

  end(): void {
    this.#controller?.close()
    this.#leave()
  }

  #send(bytes: Uint8Array): boolean {
    const controller = this.#controller
    if (controller === undefined) return false
    if ((controller.desiredSize ?? 0) < bytes.byteLength) {
      controller.error(new Error('the reader is too slow'))
      this.#leave()
      return false
    }
    controller.enqueue(bytes)
    return true
  }

  #leave(): void {
    if (this.#controller === undefined) return
    this.#controller = undefined
    this.#left(this)
  }
}
