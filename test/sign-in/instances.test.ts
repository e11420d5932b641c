import { describe, expect, it } from 'vitest'
import { createHttp } from '../../src/http/service.ts'
import { MODES } from '../database/modes.ts'
import { createTestService, serviceToken, type TestService } from '../http/service.ts'
import { ask, bearer, from, post, readCode, signInAs, statusOfMe, wrong } from './people.ts'

const email = 'alice@example.com'
const limits = {
  enabled: true,
  signups_per_hour_per_ip: 100,
  codes_per_hour_per_email: 3,
  codes_per_hour_per_ip: 100,
  wrong_codes_per_hour_per_ip: 100,
}

for (const mode of MODES)
  describe(`two instances of the service on ${mode.name}`, () => {
    it('are one: a code, a session, its end, and what is counted hold on both', async () => {
      const place = await mode.create()
      const opened: TestService[] = []
      try {
        const open = async (seed: number) => {
          const parts = await createTestService({ url: place.url, seed, config: { limits } })
          opened.push(parts)
          return parts
        }
        const [one, other] = [await open(1), await open(2)]

        // Asked for here, used there.
        expect((await ask(one, '/api/signup', post({ email }), from('192.0.2.1'))).status).toBe(201)
        expect((await ask(one, '/api/auth/code', post({ email }), from('192.0.2.1'))).status).toBe(202)
        const code = await readCode(one, email)
        const told = await ask(other, '/api/auth/session', post({ email, code }), from('192.0.2.1'))
        expect(told.status).toBe(201)
        expect((await ask(one, '/api/auth/session', post({ email, code }), from('192.0.2.1'))).status).toBe(
          401,
        )
        const { token, session_id } = told.body

        // Ended there, over here, from the next request on.
        for (const parts of [one, other]) expect(await statusOfMe(parts, token)).toBe(200)
        const { token: second } = await signInAs(one, email, '192.0.2.2')
        const ended = await ask(other, `/api/auth/sessions/${session_id}`, {
          method: 'DELETE',
          headers: bearer(second),
        })
        expect(ended.status).toBe(204)
        for (const parts of [one, other]) {
          expect(await statusOfMe(parts, token)).toBe(401)
          expect(await statusOfMe(parts, second)).toBe(200)
          expect((await parts.app.sessions.findLive([session_id], parts.clock.now())).size).toBe(0)
        }

        // Counted together.
        const both = [one, other, one, other]
        const statuses: number[] = []
        for (const parts of both)
          statuses.push((await ask(parts, '/api/auth/code', post({ email }), from('192.0.2.3'))).status)
        expect(statuses).toEqual([202, 202, 202, 429])
      } finally {
        for (const parts of opened) await parts.close()
        await place.remove()
      }
    })

    it('let a code be used once when both are asked at the same moment', async () => {
      const place = await mode.create()
      const one = await createTestService({ url: place.url })
      // Another process has its own connections; the same code around them is the same service.
      const database = await place.open()
      const other = { ...one, service: createHttp({ ...one.app, database }, { serviceToken }) }
      try {
        await ask(one, '/api/signup', post({ email }), from('192.0.2.1'))
        await ask(one, '/api/auth/code', post({ email }), from('192.0.2.1'))
        const code = await readCode(one, email)
        const all = await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            ask(index % 2 === 0 ? one : other, '/api/auth/session', post({ email, code }), from('192.0.2.1')),
          ),
        )
        expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
        expect(await one.sql('SELECT count(*) AS n FROM sessions')).toEqual([{ n: 1 }])
        expect(
          (await ask(other, '/api/auth/session', post({ email, code: wrong(code) }), from('192.0.2.1')))
            .status,
        ).toBe(401)
      } finally {
        await one.close()
        await place.remove()
      }
    })
  })
