import { createUser } from '../../src/actions/create-user.ts'
import { type ObservedDatabase, observeWrites } from '../../src/database/observed.ts'
import { createUserQueries } from '../../src/database/users.ts'
import type { App } from '../../src/domain/app.ts'
import { createSession } from '../../src/domain/sessions.ts'
import { createHttp } from '../../src/http/service.ts'
import { createTestApp, type TestAppOptions } from '../app.ts'
import { serviceToken, type TestService } from '../http/service.ts'
import { readStream, type Stream } from './stream.ts'

export interface LiveService extends TestService {
  /** What the service writes through. `sql` goes past it, as another process would. */
  readonly observed: ObservedDatabase
  /** How many follow the writes: the feed of the streams does exactly while somebody listens. */
  readonly followers: { count: number }
}

/** The service as `app.ts` puts it together: it hears of its own writes at once. */
export async function createLiveService(options: TestAppOptions = {}): Promise<LiveService> {
  const parts = await createTestApp(options)
  const observed = observeWrites(parts.database)
  const app: App = { ...parts.app, database: observed, users: createUserQueries(observed) }
  const followers = { count: 0 }
  const onWrite = (listener: () => void) => {
    followers.count++
    const stop = observed.onWrite(listener)
    return () => {
      followers.count--
      stop()
    }
  }
  const service = createHttp(app, { serviceToken, onWrite })
  return {
    ...parts,
    app,
    observed,
    followers,
    service,
    async close() {
      service.endStreams()
      await parts.close()
    },
  }
}

export interface Person {
  readonly id: string
  readonly token: string
  readonly sessionId: string
  readonly headers: Record<string, string>
}

/** Somebody signed in, without the way through the mail. */
export async function createPerson(app: App, email = 'alice@example.com'): Promise<Person> {
  const { id } = (await app.users.findByEmail(email)) ?? (await createUser(app, { email }))
  const asked = { user_id: id, kind: 'device', name: 'a speaker', address_hash: 'x' } as const
  const { token, session } = createSession(asked, app.ids, app.clock.now())
  await app.database.write({ statements: [app.sessions.open(session)] })
  return { id, token, sessionId: session.id, headers: { Authorization: `Bearer ${token}` } }
}

export async function listen(
  { service }: Pick<TestService, 'service'>,
  person: Person,
  headers: Record<string, string> = {},
): Promise<Stream> {
  return readStream(await service.request('/api/me/events', { headers: { ...person.headers, ...headers } }))
}

export function patch(body: unknown, person: Person, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'PATCH',
    headers: { ...person.headers, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}
