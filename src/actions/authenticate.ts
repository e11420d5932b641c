import type { App } from '../domain/app.ts'
import { hashToken, isSessionToken, SESSION_TOUCH_MS, type SignedIn } from '../domain/sessions.ts'

type Parts = Pick<App, 'sessions' | 'database' | 'clock' | 'log'>

/** Finds out whose token this is; undefined for nobody's. Throws AppError `unavailable`. */
export type Authenticate = (token: string) => Promise<SignedIn | undefined>

/**
 * Costs one indexed read. That a session is in use is written down at most once an hour, and nobody waits for it.
 */
export function createAuthenticate(app: Parts): Authenticate {
  const touching = new Set<string>()

  const touch = async (id: string, now: number): Promise<void> => {
    touching.add(id)
    try {
      await app.database.write({ statements: [app.sessions.touch(id, now)] })
    } catch (error) {
      // The session works on; the next request tries again.
      app.log.warn({ session_id: id, err: error }, 'the use of a session could not be written down')
    } finally {
      touching.delete(id)
    }
  }

  return async (token) => {
    if (!isSessionToken(token)) return undefined
    const now = app.clock.now()
    const signedIn = await app.sessions.findSignedIn(hashToken(token), now)
    if (signedIn === undefined) return undefined
    const { id, last_seen_at } = signedIn.session
    if (now - last_seen_at >= SESSION_TOUCH_MS && !touching.has(id)) void touch(id, now)
    return signedIn
  }
}
