import { describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { type ImportOptions, importUsers, type OldDocument } from '../../src/actions/import-users.ts'
import { signUp } from '../../src/actions/sign-up.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { TestApp } from '../app.ts'
import { losingAnswers, withWrites } from './lost-answers.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

const secretKindOf: ImportOptions['secretKindOf'] = (text) =>
  text.includes('canary') ? 'a secret key' : undefined

const alice = {
  source: 'alice/config.toml',
  content: { user: { email: 'Alice@example.com', subscription_tier: 'premium' } },
}
const bob = {
  source: 'bob/config.toml',
  content: {
    communication: {
      user_email: 'bob@example.com',
      user_phone: '(555) 123-4567',
      xswarm_email: 'bobby@xswarm.ai',
    },
    subscription: { tier: 'Premium' },
  },
}

async function report(
  app: TestApp['app'],
  documents: Iterable<OldDocument>,
  options: Partial<ImportOptions> = {},
) {
  const results = await importUsers(app, documents, { secretKindOf, ...options })
  return results.map((one) => one.result)
}

describe('importing old documents', () => {
  it('takes both shapes over', async () => {
    const { app } = await open()
    const results = await importUsers(app, [alice, bob], { secretKindOf })
    expect(results).toMatchObject([
      {
        source: alice.source,
        result: 'created',
        email: 'alice@example.com',
        xswarm_email: 'alice@xswarm.ai',
      },
      { source: bob.source, result: 'created', email: 'bob@example.com', xswarm_email: 'bobby@xswarm.ai' },
    ])
    expect(await app.users.findByEmail('alice@example.com')).toMatchObject({
      subscription_tier: 'premium',
      stripe_customer_id: null,
      persona: 'hal-9000',
    })
    expect(await app.users.findByEmail('bob@example.com')).toMatchObject({
      phone: '+15551234567',
      subscription_tier: 'premium',
    })
  })

  it('changes nothing the second time', async () => {
    const { app, sql } = await open()
    await report(app, [alice, bob])
    const before = await sql('SELECT * FROM changes')
    expect(await report(app, [alice, bob])).toEqual(['unchanged', 'unchanged'])
    expect(await sql('SELECT * FROM changes')).toEqual(before)
  })

  it('lets the database win over a document that says otherwise, and names no value', async () => {
    const { app } = await open()
    await report(app, [alice, bob])
    const { id } = (await app.users.findByEmail('bob@example.com')) ?? { id: '' }
    const stored = await changeSettings(app, id, { phone: '+15559999999', persona: 'tars' })
    const [result] = await importUsers(app, [bob], { secretKindOf })
    expect(result).toMatchObject({
      result: 'refused',
      user_id: id,
      reason: expect.stringContaining('another phone;'),
    })
    expect(JSON.stringify(result?.reason)).not.toContain('555')
    expect(await app.users.findRevised(id)).toEqual(stored)
  })

  it('imports a person once, from however many documents at the same moment', async () => {
    const { app } = await open()
    const results = await report(app, Array(50).fill(alice))
    expect(results.filter((result) => result === 'created').length).toBe(1)
    expect(results.filter((result) => result === 'unchanged').length).toBe(49)
    expect(await app.users.count()).toBe(1)
  })

  it('stops at no bad document, and reports each in the order they came', async () => {
    const { app } = await open()
    await signUp(app, { email: 'taken@example.com' })
    const bad: [content: unknown, says: string][] = [
      [{}, 'names no email'],
      [{ user: {} }, 'names no email'],
      [null, 'not an old user document'],
      ['text', 'not an old user document'],
      [[alice.content], 'not an old user document'],
      [{ user: 'alice@example.com' }, 'names no email'],
      [{ user: { email: 7 } }, 'as text'],
      [{ user: { email: ['a@example.com'] } }, 'as text'],
      [{ user: { email: 'alice' } }, 'has an @'],
      [{ user: { email: 'a@example.com', subscription_tier: 'premum' } }, 'did you mean premium?'],
      [{ user: { email: 'a@example.com', phone: 'x' } }, 'digits only'],
      [{ user: { email: 'a@example.com', phone: new Date() } }, 'as text'],
      [{ user: { email: 'a@example.com', persona: 'nobody' } }, 'Choose one of'],
      [{ user: { email: 'a@example.com', xswarm_email: 'admin@xswarm.ai' } }, 'kept for the service'],
      [{ user: { email: 'a@example.com', xswarm_email: 'a@elsewhere.example' } }, 'end with @xswarm.ai'],
      [{ user: { email: 'a@example.com', xswarm_email: 'taken@xswarm.ai' } }, 'somebody else'],
      [
        { user: { email: 'a@example.com' }, communication: { user_email: 'b@example.com' } },
        'contradicts itself',
      ],
      [deep(200), 'not an old user document'],
      [
        Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`k${key}`, 1])),
        'not an old user document',
      ],
    ]
    const documents = bad.map(([content], index) => ({ source: `${index}`, content }))
    const results = await importUsers(app, [...documents, alice], { secretKindOf })
    expect(results.map((one) => one.source)).toEqual([...documents.map((one) => one.source), alice.source])
    expect(results.slice(0, -1).map((one) => one.result)).toEqual(bad.map(() => 'refused'))
    for (const [index, [, says]] of bad.entries()) expect(results[index]?.reason).toContain(says)
    expect(results.at(-1)?.result).toBe('created')
    expect(await app.users.count()).toBe(2)
  })

  it('reports keys that mean nothing to us, with a suggestion', async () => {
    const { app } = await open()
    const content = {
      user: { email: 'a@example.com', persnoa: 'tars', id: '1' },
      theme: { colour: 'red' },
      since: new Date(),
    }
    const [result] = await importUsers(app, [{ source: 'a', content }], { secretKindOf })
    expect(result).toMatchObject({ result: 'created' })
    expect(result?.ignored).toEqual([
      'user.persnoa (did you mean user.persona?)',
      'user.id',
      'theme.colour',
      'since',
    ])
  })

  it('never imports or repeats a secret, wherever it stands', async () => {
    const { app, sql } = await open()
    const secret = ['canary', 'x'.repeat(20)].join('_')
    const contents = [
      { user: { email: 'a@example.com' }, api: { key: secret } },
      { user: { email: 'b@example.com' }, list: [1, [secret]], tables: [{ deep: { er: secret } }] },
      { user: { email: 'c@example.com' }, [secret]: { [secret]: secret } },
      { user: { email: 'd@example.com', wake_word: secret } },
      { user: { email: secret } },
      { user: { email: `${secret}@example.com` } },
      { user: { email: 'e@example.com', [`x_${secret}`]: 1 }, tables: [{ [secret]: 1 }] },
    ]
    const documents = contents.map((content, index) => ({ source: `${index}`, content }))
    const results = await importUsers(app, documents, { secretKindOf })
    expect(results.map((one) => one.result)).toEqual(
      'created created created refused refused refused created'.split(' '),
    )
    expect(results.every((one) => one.secrets.length > 0)).toBe(true)
    expect(JSON.stringify([results, await sql('SELECT * FROM users')])).not.toContain(secret)
  })

  it('is not fooled by names of the object machinery', async () => {
    const { app } = await open()
    const content = JSON.parse(
      '{"__proto__": {"email": "x@example.com"}, "constructor": {"prototype": 1}, "user": {"email": "a@example.com", "__proto__": 1}}',
    )
    const [result] = await importUsers(app, [{ source: 'a', content }], { secretKindOf })
    expect(result).toMatchObject({ result: 'created', email: 'a@example.com' })
    expect(result?.ignored).toEqual(['__proto__.email', 'constructor.prototype', 'user.__proto__'])
  })

  it('takes thousands from a generator and tells of each as it is done', async () => {
    const { app } = await open()
    let told = 0
    const results = await report(app, manyDocuments(2000), { onResult: () => told++ })
    expect(results).toEqual(Array(2000).fill('created'))
    expect(told).toBe(2000)
    expect(await report(app, manyDocuments(2000))).toEqual(Array(2000).fill('unchanged'))
    expect(await app.users.count()).toBe(2000)
  })
})

describe('a dry run', () => {
  it('says what the run would do, and writes nothing', async () => {
    const { app, sql } = await open()
    await signUp(app, { email: 'carol@example.com' })
    const { user_id } = await signUp(app, { email: 'gone@example.com' })
    await app.database.write({ statements: [app.users.remove(user_id)] })
    const user = (email: string, more: object = {}) => ({
      source: email,
      content: { user: { email, ...more } },
    })
    const documents = [
      alice,
      bob,
      alice,
      { ...alice, content: { user: { email: 'alice@example.com', subscription_tier: 'free' } } },
      user('carol@example.com'),
      user('c2@example.com', { xswarm_email: 'carol@xswarm.ai' }),
      user('c3@example.com', { xswarm_email: 'gone@xswarm.ai' }),
      user('c4@example.com', { xswarm_email: 'b0bby@xswarm.ai' }),
      user('c5@example.com', { xswarm_phone: '+18005550001' }),
      user('c6@example.com', { xswarm_phone: '+18005550001' }),
      user('alice@example.org'),
    ]
    const before = [
      await sql('SELECT * FROM users'),
      await sql('SELECT * FROM assigned_addresses'),
      await sql('SELECT * FROM changes'),
    ]
    const planned = await importUsers(app, documents, { secretKindOf, dryRun: true })
    expect([
      await sql('SELECT * FROM users'),
      await sql('SELECT * FROM assigned_addresses'),
      await sql('SELECT * FROM changes'),
    ]).toEqual(before)
    expect(planned.map((one) => one.result)).toEqual(
      'created created unchanged refused unchanged refused refused refused created refused created'.split(
        ' ',
      ),
    )
    expect(planned.at(-1)?.xswarm_email).toBe('alice2@xswarm.ai')
    // One after the other, as the dry run looks at them, the real run agrees.
    const real: string[] = []
    for (const document of documents) real.push(...(await report(app, [document])))
    expect(real).toEqual(planned.map((one) => one.result))
  })
})

describe('when the database goes away', () => {
  it('the import ends with that error, and running it again finishes it', async () => {
    const { app } = await open()
    let writes = 0
    // Away for a moment only: the import must not go on behind the back of its error.
    const failing = withWrites(app.database, (unit) => {
      if (++writes === 100) throw new AppError('unavailable', 'The server is away.')
      return app.database.write(unit)
    })
    const documents = [...manyDocuments(500)]
    expect((await refusalOf(report({ ...app, database: failing }, documents))).code).toBe('unavailable')
    const done = await app.users.count()
    expect(done).toBeLessThan(200)
    const again = await report(app, documents)
    expect(again.filter((result) => result === 'unchanged').length).toBe(done)
    expect(await app.users.count()).toBe(500)
  })

  it('a lost answer ends it too, and the repeat takes what was done as it is', async () => {
    const { app } = await open()
    const losing = { ...app, database: losingAnswers(app.database) }
    expect((await refusalOf(report(losing, [alice]))).code).toBe('unknown-outcome')
    expect(await report(app, [alice, bob])).toEqual(['unchanged', 'created'])
  })
})

function* manyDocuments(count: number): Generator<OldDocument> {
  for (let index = 0; index < count; index++) {
    yield {
      source: `${index}`,
      content: { user: { email: `person${index}@example.com`, subscription_tier: 'free' } },
    }
  }
}

function deep(levels: number): object {
  let value: object = { user: { email: 'a@example.com' } }
  for (let level = 0; level < levels; level++) value = { inner: value }
  return value
}
