import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUser } from '../../src/actions/create-user.ts'
import { ADMIN_RIGHTS, type AdminRight } from '../../src/domain/admins.ts'
import { createSession } from '../../src/domain/sessions.ts'
import type { Route } from '../../src/http/route.ts'
import { createHttp } from '../../src/http/service.ts'
import { serviceToken } from '../http/service.ts'
import { bearer, createTestService, from, type TestService } from './people.ts'

const adminEmail = 'admin@example.com'
const grants = {
  none: { can_view_all_users: false, can_provision_numbers: false },
  can_view_all_users: { can_view_all_users: true, can_provision_numbers: false },
  can_provision_numbers: { can_view_all_users: false, can_provision_numbers: true },
  all: { can_view_all_users: true, can_provision_numbers: true },
} as const
type Grant = keyof typeof grants

let services: Record<Grant, TestService>
let parts: TestService
beforeAll(async () => {
  parts = await createTestService()
  // One database, one service per content of [admin]: as after a change of the config and a restart.
  const withGrant = (grant: Grant): TestService => {
    const admin = { email: adminEmail, access_level: 'superadmin', ...grants[grant] }
    const app = { ...parts.app, config: { ...parts.app.config, admin } }
    return { ...parts, app, service: createHttp(app, { serviceToken }) }
  }
  services = {
    none: withGrant('none'),
    can_view_all_users: withGrant('can_view_all_users'),
    can_provision_numbers: withGrant('can_provision_numbers'),
    all: withGrant('all'),
  }
})
afterAll(() => parts.close())

interface Person {
  readonly id: string
  readonly token: string
  readonly sessionId: string
}

let people = 0
/** A fresh person for every question, because some questions end their account. */
async function createPerson(email?: string): Promise<Person> {
  const address = email ?? `person${++people}@example.com`
  const found = await parts.app.users.findByEmail(address)
  const { id } = found ?? (await createUser(parts.app, { email: address }))
  const { ids, clock, sessions, database } = parts.app
  const asked = { user_id: id, kind: 'api', name: 'a program', address_hash: 'x' } as const
  const { token, session } = createSession(asked, ids, clock.now())
  await database.write({ statements: [sessions.open(session)] })
  return { id, token, sessionId: session.id }
}

/**
 * Whose objects the routes with parameters name. A route that is missing here fails the test: somebody has to say what
 * another user may see of it.
 */
const OBJECTS: Record<string, (owner: Person) => string> = {
  'DELETE /api/auth/sessions/:id': (owner) => `/api/auth/sessions/${owner.sessionId}`,
}

const pathOf = (route: Route, owner: Person): string =>
  OBJECTS[`${route.method} ${route.path}`]?.(owner) ?? route.path.replaceAll(/:\w+/g, 'x')

interface Asked {
  readonly status: number
  readonly location: string | null
  readonly changedNothing: boolean
}

async function askAs(
  route: Route,
  token: string | undefined,
  options: { owner: Person; grant?: Grant },
): Promise<Asked> {
  const { service } = services[options.grant ?? 'all']
  const before = await stateOf(parts)
  const headers: Record<string, string> = token === undefined ? {} : bearer(token)
  const init: RequestInit = { method: route.method, headers }
  if (route.body !== undefined) {
    headers['Content-Type'] =
      route.body.type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
    init.body = route.body.type === 'json' ? '{}' : ''
  }
  const answer = await service.request(pathOf(route, options.owner), init, from('192.0.2.1'))
  await answer.body?.cancel()
  return {
    status: answer.status,
    location: answer.headers.get('location'),
    changedNothing: before === (await stateOf(parts)),
  }
}

async function stateOf({ sql }: TestService): Promise<string> {
  const counts = await sql(
    `SELECT (SELECT count(*) FROM users) AS users, (SELECT max(revision) FROM changes) AS revision,
      (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM device_grants) AS devices,
      (SELECT count(*) FROM jobs) AS jobs`,
  )
  return JSON.stringify(counts)
}

const isAuthorised = ({ status, location }: Asked) =>
  status !== 401 && status !== 403 && !(location ?? '').startsWith('/sign-in')

function expectUnauthenticated(route: Route, asked: Asked): void {
  if (route.kind === 'page') {
    expect([route.path, asked.status]).toEqual([route.path, 303])
    expect(asked.location).toMatch(/^\/sign-in\?return=/)
  } else expect([route.path, asked.status]).toEqual([route.path, 401])
  expect(asked.changedNothing).toBe(true)
}

describe('every route', () => {
  const routesFor = (...who: Route['who'][]) =>
    parts.service.routes.filter((route) => who.includes(route.who))

  it('is in the matrix: each word of Who has its row here', () => {
    const rows = ['anyone', 'visitor', 'user', 'admin', 'service', 'signed', 'operations']
    for (const route of parts.service.routes) expect(rows).toContain(route.who)
    expect(routesFor('user').length).toBeGreaterThan(3)
  })

  it('for anyone and visitors asks nobody who they are', async () => {
    const owner = await createPerson()
    for (const route of routesFor('anyone', 'visitor')) {
      const other = await createPerson()
      for (const token of [undefined, other.token, `xsw_${'a'.repeat(52)}`])
        expect([route.path, isAuthorised(await askAs(route, token, { owner }))]).toEqual([route.path, true])
    }
  })

  it('for vendors that sign believes nobody without a signature, and nothing happens', async () => {
    const owner = await createPerson()
    expect(routesFor('signed').length).toBeGreaterThan(2)
    for (const route of routesFor('signed')) {
      const other = await createPerson()
      for (const token of [undefined, other.token, serviceToken]) {
        const asked = await askAs(route, token, { owner })
        expect([route.path, asked.status, asked.changedNothing]).toEqual([route.path, 403, true])
      }
    }
  })

  it('for users lets in whoever is signed in and nobody else', async () => {
    for (const route of routesFor('user')) {
      const owner = await createPerson()
      expectUnauthenticated(route, await askAs(route, undefined, { owner }))
      expectUnauthenticated(route, await askAs(route, `xsw_${'a'.repeat(52)}`, { owner }))
      expectUnauthenticated(route, await askAs(route, serviceToken, { owner }))
      expect([route.path, isAuthorised(await askAs(route, owner.token, { owner }))]).toEqual([
        route.path,
        true,
      ])
      const admin = await createPerson(adminEmail)
      expect([route.path, isAuthorised(await askAs(route, admin.token, { owner: admin }))]).toEqual([
        route.path,
        true,
      ])
    }
  })

  it('for users hides from everybody, also from the admin, what belongs to somebody else', async () => {
    const withObjects = routesFor('user').filter(({ path }) => path.includes(':'))
    expect(withObjects.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      Object.keys(OBJECTS).sort(),
    )
    for (const route of withObjects) {
      const owner = await createPerson()
      for (const stranger of [await createPerson(), await createPerson(adminEmail)]) {
        const asked = await askAs(route, stranger.token, { owner })
        expect([route.path, asked.status, asked.changedNothing]).toEqual([route.path, 404, true])
      }
      const own = await askAs(route, owner.token, { owner })
      expect([route.path, own.status < 300]).toEqual([route.path, true])
    }
  })

  it('for the admin refuses everybody else', async () => {
    for (const route of routesFor('admin')) {
      const owner = await createPerson()
      expectUnauthenticated(route, await askAs(route, undefined, { owner }))
      expectUnauthenticated(route, await askAs(route, serviceToken, { owner }))
      const asked = await askAs(route, owner.token, { owner })
      expect([route.path, asked.status, asked.changedNothing]).toEqual([route.path, 403, true])
    }
  })

  it('for the admin demands exactly the right that [admin] must grant', async () => {
    for (const route of routesFor('admin')) {
      const admin = await createPerson(adminEmail)
      for (const grant of Object.keys(grants) as Grant[]) {
        const has = route.right === undefined || grants[grant][route.right]
        const asked = await askAs(route, admin.token, { owner: admin, grant })
        expect([route.path, grant, isAuthorised(asked)]).toEqual([route.path, grant, has])
        if (!has) expect([asked.status, asked.changedNothing]).toEqual([403, true])
      }
    }
  })

  it('for services and operations takes the service token and no session, not even the admin’s', async () => {
    const admin = await createPerson(adminEmail)
    for (const route of routesFor('service', 'operations')) {
      for (const token of [undefined, admin.token])
        expect([route.path, (await askAs(route, token, { owner: admin })).status]).toEqual([route.path, 401])
      expect([route.path, isAuthorised(await askAs(route, serviceToken, { owner: admin }))]).toEqual([
        route.path,
        true,
      ])
    }
  })
})

describe('the admin', () => {
  it('is nobody when config.toml names none', async () => {
    const admin = await createPerson(adminEmail)
    for (const route of parts.service.routes.filter(({ who }) => who === 'admin')) {
      const answer = await parts.service.request(pathOf(route, admin), {
        method: route.method,
        headers: bearer(admin.token),
      })
      expect([route.path, answer.status]).toEqual([route.path, 403])
    }
  })

  it('has every right there is only when each is granted', async () => {
    const { adminRightsOf } = await import('../../src/domain/admins.ts')
    for (const right of ADMIN_RIGHTS) {
      const admin = { email: 'Admin@Example.com', access_level: 'x', ...grants.none, [right]: true }
      const rights = adminRightsOf({ email: adminEmail }, { admin })
      expect([...(rights ?? new Set<AdminRight>())]).toEqual([right])
    }
    const admin = { email: adminEmail, access_level: 'superadmin', ...grants.none }
    expect(adminRightsOf({ email: adminEmail }, { admin })?.size).toBe(0)
    for (const email of ['admin@example.com.evil.example', 'xadmin@example.com', 'admin@example.co', ''])
      expect(adminRightsOf({ email }, { admin })).toBeUndefined()
  })
})
