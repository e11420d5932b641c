import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { createUserQueries } from '../../src/database/users.ts'
import { type LibsqlServer, startLibsqlServer } from './libsql-server.ts'
import { type LossyProxy, startLossyProxy } from './lossy-proxy.ts'
import { person } from './people.ts'
import { listUserIds, sql } from './sql.ts'
import { countTurns } from './turns.ts'

describe('a server', () => {
  let server: LibsqlServer
  let proxy: LossyProxy
  let place: Awaited<ReturnType<typeof openThrough>>
  beforeEach(async () => {
    server = await startLibsqlServer()
    proxy = await startLossyProxy(server.url)
    place = await openThrough(proxy.url)
  })
  afterEach(async () => {
    server.resume()
    await place.close()
    await proxy.stop()
    await server.stop()
  })

  async function openThrough(url: string, options: { requestTimeoutMs?: number; patienceMs?: number } = {}) {
    return openDatabase({ url, migrate: true, ...options })
  }

  test('a named unit whose answer is lost is done exactly once, and known to be done', async () => {
    const users = createUserQueries(place)
    proxy.loseAnswers(2)
    const outcome = await place.write({ opId: 'sign-up', statements: [users.insert(person(1))] })
    expect(outcome).toEqual({ outcome: 'done', rows: [], replayed: true })
    expect(await listUserIds(place)).toEqual(['id-1'])
  })

  test('a unit without a name whose answer is lost is unknown, and was not repeated', async () => {
    await place.write({ statements: [sql('CREATE TABLE hits (n)')] })
    proxy.loseAnswers(1)
    const outcome = await place.write({ statements: [sql('INSERT INTO hits VALUES (1)')] })
    expect(outcome).toMatchObject({ outcome: 'unknown' })
    expect(await place.read(sql('SELECT n FROM hits'))).toHaveLength(1)
  })

  test('when an answer is lost, each unit of the group gets the truth that its name allows', async () => {
    const users = createUserQueries(place)
    await place.write({ statements: [users.insert(person(0))] })
    proxy.loseAnswers(1)
    const outcomes = await Promise.all([
      place.write({ opId: 'one', statements: [users.insert(person(1))] }),
      place.write({ statements: [users.insert(person(2))] }),
      place.write({ opId: 'taken', statements: [users.insert(person(9, { id: 'id-0' }))] }),
    ])
    expect(outcomes).toMatchObject([
      { outcome: 'done', replayed: true },
      { outcome: 'unknown' },
      { outcome: 'refused', refusal: { kind: 'unique', columns: ['users.id'] } },
    ])
  })

  test('an answer that stays lost ends as unknown when patience is over', async () => {
    const impatient = await openThrough(proxy.url, { patienceMs: 50 })
    proxy.loseAnswers(1_000_000)
    const users = createUserQueries(impatient)
    const outcome = await impatient.write({ opId: 'x', statements: [users.insert(person(1))] })
    expect(outcome).toMatchObject({ outcome: 'unknown' })
    proxy.loseAnswers(0)
    await impatient.close()
  })

  test('a server that hangs is given up after a bound, with the event loop alive', async () => {
    const impatient = await openThrough(server.url, { requestTimeoutMs: 200, patienceMs: 100 })
    const users = createUserQueries(impatient)
    server.pause()
    const work = Promise.allSettled([
      impatient.write({ statements: [users.insert(person(1))] }),
      impatient.write({ opId: 'named', statements: [users.insert(person(2))] }),
      users.findById('id-1'),
    ])
    expect(await countTurns(work)).toBeGreaterThan(20)
    expect(await work).toMatchObject([
      { value: { outcome: 'unknown' } },
      { value: { outcome: 'unknown' } },
      { reason: { code: 'unavailable' } },
    ])
    await impatient.close()
  })

  test('a server that is away is unavailable at once, and nothing was written', async () => {
    await server.stop()
    const direct = openThrough(server.url)
    await expect(direct).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('however many write, there is never a second batch on the way, and all are answered', async () => {
    const users = createUserQueries(place)
    const writeSome = async (writer: number): Promise<void> => {
      for (let n = 0; n < 3; n++) {
        // Not in step, so that new units come while a batch is on the way.
        for (let turns = 0; turns < writer; turns++) await new Promise((resolve) => setImmediate(resolve))
        const outcome = await place.write({ statements: [users.insert(person(`${writer}-${n}`))] })
        expect(outcome.outcome).toBe('done')
      }
    }
    await Promise.all(Array.from({ length: 40 }, (_, writer) => writeSome(writer)))
    expect(await users.count()).toBe(120)
    expect(proxy.writesAtOnce).toBe(1)
  })

  test('it says how durable the commits of the server are', async () => {
    expect(await place.durability()).toMatchObject({ level: 'normal' })
    const config = `${server.adminUrl}/v1/namespaces/default/config`
    const current = await (await fetch(config)).json()
    const body = JSON.stringify({ ...(current as object), durability_mode: 'strong' })
    await fetch(config, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await place.durability()).toMatchObject({ level: 'full' })
  })
})
