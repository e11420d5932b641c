import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { type RevisedUser, USER_COLUMNS, type User } from '../domain/users.ts'
import { callServer, type ServerAccess, type ServerAnswer, type ServerRequest } from './server-client.ts'
import { readEvents } from './server-events.ts'
import type { Changed, Follower, SettingsDoor } from './settings-door.ts'

/** How often a change is sent anew because somebody else changed the user first, or the answer was lost. */
const ATTEMPTS_MAX = 4
const RECONNECT_AFTER_MS = { first: 500, max: 30_000 } as const

/** The settings of whoever is signed in, behind their server. */
export function openServerSettings(access: ServerAccess): SettingsDoor {
  const read = async () => revisedUser(await callServer(access, '/api/me'), access)
  const send = (path: string, request: ServerRequest, isDone: IsDone) =>
    sendOnce(access, read, path, request, isDone)
  return {
    read,
    change: (key, value) =>
      send('/api/me', { method: 'PATCH', body: { [key]: value } }, ({ after }) =>
        reads(after.user[key] ?? '', value),
      ),
    // Whether the state is that of before an undo nobody can see; only that nothing happened is certain.
    undo: () => send('/api/me/undo', { method: 'POST' }, () => undefined),
    follow: (afterRevision, follower) => follow(access, afterRevision, follower),
  }
}

/** What ends by itself. */
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'too-often'])

/** What a lost answer was, by the state after it; undefined when that cannot be told. */
type IsDone = (changed: Changed) => boolean | undefined

/**
 * Sends a change for exactly the revision that was read. So a repetition after a lost answer is done at most once, and
 * never undoes what somebody else did in between.
 */
async function sendOnce(
  access: ServerAccess,
  read: () => Promise<RevisedUser>,
  path: string,
  request: ServerRequest,
  isDone: IsDone,
): Promise<Changed> {
  let before = await read()
  for (let attempt = 1; ; attempt++) {
    const headers = { 'If-Match': `"${before.revision}"` }
    try {
      const answer = await callServer(access, path, { ...request, headers })
      return { before, after: revisedUser(answer, access) }
    } catch (error) {
      if (!(error instanceof AppError) || attempt === ATTEMPTS_MAX) throw error
      // Refused for certain: somebody else was first.
      if (error.code === 'stale') {
        before = await read()
        continue
      }
      if (error.code !== 'unavailable' && error.code !== 'unknown-outcome') throw error
      const after = await read().catch(() => Promise.reject(lost(access, error)))
      if (after.revision === before.revision) continue
      if (isDone({ before, after }) === true) return { before, after }
      throw lost(access, error)
    }
  }
}

function lost({ server }: ServerAccess, cause: AppError): AppError {
  return new AppError(
    'unknown-outcome',
    `The answer of ${server} was lost on the way. Look whether it is stored: xswarm config list`,
    { cause },
  )
}

/** Whether what is stored is what was asked for; servers tidy up spaces, case and the way a phone is written. */
function reads(stored: string, wanted: string): boolean {
  const plain = (text: string) =>
    text
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '')
  return plain(stored) === plain(wanted)
}

function revisedUser({ body }: ServerAnswer, { server }: ServerAccess): RevisedUser {
  if (typeof body === 'object' && body !== null && 'revision' in body) {
    const user = Object.fromEntries(USER_COLUMNS.map((name) => [name, Reflect.get(body, name)]))
    if (typeof user.email === 'string' && typeof body.revision === 'number')
      return { user: user as unknown as User, revision: body.revision }
  }
  throw new AppError('conflict', `What answered at ${server} is no xSwarm server. Check the address.`)
}

async function follow(access: ServerAccess, afterRevision: number, follower: Follower): Promise<void> {
  const { stop, tell, say } = follower
  let position = afterRevision
  let pauseMs: number = RECONNECT_AFTER_MS.first
  let isOut = false
  while (!stop.aborted) {
    try {
      for await (const event of readEvents(access, position, stop)) {
        if (isOut) say('Connected again.')
        isOut = false
        pauseMs = RECONNECT_AFTER_MS.first
        if (event === 'open') continue
        position = event.revision
        tell(event)
      }
    } catch (error) {
      if (stop.aborted) return
      if (!(error instanceof AppError) || !WAITED_FOR.has(error.code)) throw error
      if (!isOut) say(`${error.message} Nothing is missed meanwhile.`)
      isOut = true
    }
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined)
    pauseMs = Math.min(pauseMs * 2, RECONNECT_AFTER_MS.max)
  }
}
