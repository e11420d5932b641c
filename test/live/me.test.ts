import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask } from '../http/service.ts'
import { createLiveService, createPerson, type LiveService, type Person, patch } from './people.ts'

let parts: LiveService
let alice: Person
beforeEach(async () => {
  parts = await createLiveService()
  alice = await createPerson(parts.app)
})
afterEach(() => parts.close())

const change = (body: unknown, headers: Record<string, string> = {}) =>
  ask(parts, '/api/me', patch(body, alice, headers))
const read = () => ask(parts, '/api/me', { headers: alice.headers })
const undo = (headers: Record<string, string> = {}) =>
  ask(parts, '/api/me/undo', { method: 'POST', headers: { ...alice.headers, ...headers } })

describe('PATCH /api/me', () => {
  it('answers the whole user with the new revision as ETag, which is what GET says then', async () => {
    const before = await read()
    const { status, body, headers } = await change({ persona: 'jarvis', phone: '+1 555 123 4567' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: alice.id,
      email: 'alice@example.com',
      persona: 'jarvis',
      wake_word: 'hey jarvis',
      phone: '+15551234567',
    })
    expect(headers.get('etag')).toBe(`"${body.revision}"`)
    expect(body.revision).toBeGreaterThan(before.body.revision)
    const after = await read()
    expect(after.body).toEqual(body)
    expect(after.headers.get('etag')).toBe(headers.get('etag'))
  })

  it('takes a phone away with null', async () => {
    await change({ phone: '+15551234567' })
    expect((await change({ phone: null })).body.phone).toBeNull()
  })

  it('that changes nothing makes no revision', async () => {
    const { headers } = await read()
    for (const body of [{}, { persona: 'hal-9000' }])
      expect((await change(body)).headers.get('etag')).toBe(headers.get('etag'))
  })

  it.each([
    [{ email: 'bob@example.com' }, 'email'],
    [{ subscription_tier: 'premium' }, 'subscription_tier'],
    [{ persona: 'jarvis', id: 'x' }, 'id'],
    [{ persona: 'nobody' }, 'persona'],
    [{ persona: null }, 'persona'],
    [{ wake_word: '' }, 'wake_word'],
    [{ wake_word: 7 }, 'wake_word'],
    [{ phone: '12' }, 'phone'],
    [{ phone: ['+15551234567'] }, 'phone'],
  ])('refuses %j as a whole and names the field', async (body, field) => {
    const before = await read()
    const refused = await change(body)
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map((one: { field: string }) => one.field)).toContain(field)
    expect((await read()).body).toEqual(before.body)
  })

  it.each(['[]', 'null', '"jarvis"', '7'])('refuses the body %s', async (body) => {
    const told = await ask(parts, '/api/me', { ...patch(undefined, alice), body })
    expect(told.status).toBe(422)
  })

  describe('with If-Match', () => {
    const tag = async () => (await read()).headers.get('etag') ?? ''

    it('changes what is still as it was read', async () => {
      expect((await change({ persona: 'jarvis' }, { 'If-Match': await tag() })).status).toBe(200)
    })

    it('takes any of several, `*`, and bare digits', async () => {
      expect((await change({ persona: 'tars' }, { 'If-Match': `"1000", ${await tag()}` })).status).toBe(200)
      expect((await change({ persona: 'kitt' }, { 'If-Match': '*' })).status).toBe(200)
      const bare = (await tag()).replaceAll('"', '')
      expect((await change({ persona: 'tars' }, { 'If-Match': bare })).status).toBe(200)
    })

    it('refuses a stale one with 412 and changes nothing', async () => {
      const stale = await tag()
      await change({ persona: 'jarvis' })
      for (const given of [stale, '"0"', '"nonsense"', 'nonsense', '', `W/${await tag()}`]) {
        const { status, body } = await change({ persona: 'tars' }, { 'If-Match': given })
        expect([given, status, body.type]).toEqual([given, 412, 'urn:xswarm:problem:stale'])
      }
      expect((await read()).body.persona).toBe('jarvis')
    })

    it('of many at once with the same tag lets exactly one through', async () => {
      const now = await tag()
      const personas = ['jarvis', 'tars', 'kitt', 'marvin', 'glados', 'boss']
      const told = await Promise.all(personas.map((persona) => change({ persona }, { 'If-Match': now })))
      expect(told.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412])
    })

    it('a change of something else makes it stale too', async () => {
      const now = await tag()
      await parts.sql("UPDATE users SET subscription_tier = 'premium' WHERE id = ?", alice.id)
      expect((await change({ persona: 'tars' }, { 'If-Match': now })).status).toBe(412)
    })
  })
})

describe('POST /api/me/undo', () => {
  it('takes the last change back, and a second time restores it', async () => {
    await change({ persona: 'jarvis' })
    expect((await undo()).body).toMatchObject({ persona: 'hal-9000', wake_word: 'hey hal' })
    const { status, body, headers } = await undo()
    expect([status, body.persona]).toEqual([200, 'jarvis'])
    expect(headers.get('etag')).toBe(`"${body.revision}"`)
  })

  it('repeated after a lost answer with the tag of before is refused instead of done twice', async () => {
    const { headers } = await change({ persona: 'jarvis' })
    const tag = { 'If-Match': headers.get('etag') ?? '' }
    expect((await undo(tag)).status).toBe(200)
    expect((await undo(tag)).status).toBe(412)
    expect((await read()).body.persona).toBe('hal-9000')
  })

  it('without a change to take back is 409', async () => {
    expect((await undo()).status).toBe(409)
  })
})
