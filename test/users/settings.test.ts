import { describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { signUp } from '../../src/actions/sign-up.ts'
import { undoSettings } from '../../src/actions/undo-settings.ts'
import type { TestApp } from '../app.ts'
import { losingAnswers } from './lost-answers.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const openApp = openingApps()

async function openWithAlice(): Promise<TestApp & { readonly id: string }> {
  const opened = await openApp({ config: { personas: { butler: { wake_word: 'oh butler' } } } })
  const { user_id } = await signUp(opened.app, { email: 'alice@example.com', phone: '+15551234567' })
  return { ...opened, id: user_id }
}

describe('changing settings', () => {
  it('stores them and answers the whole user with a grown revision', async () => {
    const { app, id } = await openWithAlice()
    const before = await app.users.findRevised(id)
    const after = await changeSettings(app, id, { persona: 'jarvis', phone: '+44 20 7946 0958' })
    expect(after.user).toMatchObject({ persona: 'jarvis', wake_word: 'hey jarvis', phone: '+442079460958' })
    expect(after.revision).toBeGreaterThan(before?.revision ?? 0)
    expect(await app.users.findRevised(id)).toEqual(after)
    expect(await app.changes.listForUser(id, before?.revision ?? 0, 10)).toMatchObject([
      {
        revision: after.revision,
        changed: ['phone', 'persona', 'wake_word'],
        before: { persona: 'hal-9000', wake_word: 'hey hal', phone: '+15551234567' },
      },
    ])
  })

  it('writes nothing when nothing changes', async () => {
    const { app, id } = await openWithAlice()
    const before = await app.users.findRevised(id)
    for (const patch of [
      {},
      { persona: 'HAL-9000' },
      { phone: '555 123 4567' },
      { wake_word: ' hey hal ' },
    ]) {
      expect(await changeSettings(app, id, patch)).toEqual(before)
    }
    expect(await app.changes.latestRevision()).toBe(before?.revision)
  })

  it('a persona brings its wake word, but never over a word of the person', async () => {
    const { app, id } = await openWithAlice()
    const word = async (patch: unknown) => (await changeSettings(app, id, patch)).user.wake_word
    expect(await word({ persona: 'butler' })).toBe('oh butler')
    expect(await word({ persona: 'tars', wake_word: 'slick' })).toBe('slick')
    expect(await word({ persona: 'jarvis' })).toBe('slick')
    expect(await word({ wake_word: 'hey jarvis' })).toBe('hey jarvis')
    expect(await word({ persona: 'kitt' })).toBe('hey kitt')
  })

  it('a hand-made row that still has the default wake word gets the one of its next persona', async () => {
    const { app, id, sql } = await openWithAlice()
    await sql("UPDATE users SET persona = 'jarvis' WHERE id = ?", id)
    expect((await changeSettings(app, id, { persona: 'tars' })).user.wake_word).toBe('hey tars')
  })

  it('works on a row whose persona and wake word somebody set to NULL', async () => {
    const { app, id, sql } = await openWithAlice()
    await sql('UPDATE users SET persona = NULL, wake_word = NULL WHERE id = ?', id)
    expect((await changeSettings(app, id, { persona: 'tars', wake_word: 'hi tars' })).user).toMatchObject({
      persona: 'tars',
      wake_word: 'hi tars',
    })
  })

  it('refuses a patch as a whole, names every fault, and stores none of it', async () => {
    const { app, id } = await openWithAlice()
    const before = await app.users.findRevised(id)
    const patch = { persona: 'jarvsi', wake_word: '', phone: '1', subscription_tier: 'premium' }
    const refusal = await refusalOf(changeSettings(app, id, patch))
    expect(refusal.fields.map((fault) => fault.field)).toEqual(Object.keys(patch))
    expect(refusal.fields[0]?.message).toContain('did you mean jarvis?')
    await refusalOf(changeSettings(app, id, { persona: 'jarvis', id: 'x' }))
    expect(await app.users.findRevised(id)).toEqual(before)
  })

  it('tells that a user is not there', async () => {
    const { app } = await openWithAlice()
    expect((await refusalOf(changeSettings(app, 'nobody', { persona: 'jarvis' }))).code).toBe('not-found')
  })

  it('says when an answer was lost, and the change is stored once', async () => {
    const { app, id } = await openWithAlice()
    const losing = { ...app, database: losingAnswers(app.database) }
    expect((await refusalOf(changeSettings(losing, id, { persona: 'tars' }))).code).toBe('unknown-outcome')
    expect((await changeSettings(app, id, { persona: 'tars' })).user.persona).toBe('tars')
    expect((await app.changes.listForUser(id, 0, 10)).length).toBe(2)
  })
})

describe('an expected revision', () => {
  it('lets the first of two writers through and refuses the second as stale', async () => {
    const { app, id } = await openWithAlice()
    const { revision } = (await app.users.findRevised(id)) ?? { revision: 0 }
    const first = await changeSettings(app, id, { persona: 'tars' }, { expectedRevision: revision })
    const refusal = await refusalOf(
      changeSettings(app, id, { persona: 'kitt' }, { expectedRevision: revision }),
    )
    expect(refusal.code).toBe('stale')
    expect(await app.users.findRevised(id)).toEqual(first)
  })

  it('holds among 20 writers at once: exactly one is done', async () => {
    const { app, id } = await openWithAlice()
    const { revision } = (await app.users.findRevised(id)) ?? { revision: 0 }
    const ends = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        changeSettings(app, id, { wake_word: `word ${index}` }, { expectedRevision: revision }),
      ),
    )
    expect(ends.filter((end) => end.status === 'fulfilled').length).toBe(1)
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))).toEqual(
      Array(19).fill('stale'),
    )
    expect((await app.changes.listForUser(id, revision, 100)).length).toBe(1)
  })

  it('refuses a stale patch even when it would change nothing', async () => {
    const { app, id } = await openWithAlice()
    expect((await refusalOf(changeSettings(app, id, {}, { expectedRevision: 0 }))).code).toBe('stale')
  })
})

describe('writers without an expected revision', () => {
  it('all get through, each on top of the other', async () => {
    const { app, id } = await openWithAlice()
    const words = Array.from({ length: 20 }, (_, index) => `word ${index}`)
    await Promise.all(words.map((wake_word) => changeSettings(app, id, { wake_word })))
    const changes = await app.changes.listForUser(id, 0, 100)
    expect(changes.length).toBe(21)
    expect(changes.map((change) => change.revision)).toEqual(
      [...changes.map((change) => change.revision)].sort((a, b) => a - b),
    )
  })

  it('choosing a persona never tramples on a wake word that is set at the same moment', async () => {
    const { app, id } = await openWithAlice()
    await Promise.all([
      changeSettings(app, id, { wake_word: 'computer' }),
      changeSettings(app, id, { persona: 'tars' }),
    ])
    const { user } = (await app.users.findRevised(id)) ?? {}
    expect(user).toMatchObject({ persona: 'tars', wake_word: 'computer' })
  })
})

describe('undo', () => {
  it('takes the last change of settings back, wake word and all, and a second undo restores it', async () => {
    const { app, id } = await openWithAlice()
    await changeSettings(app, id, { phone: null })
    const jarvis = await changeSettings(app, id, { persona: 'jarvis' })
    const undone = await undoSettings(app, id)
    expect(undone.user).toMatchObject({ persona: 'hal-9000', wake_word: 'hey hal', phone: null })
    expect(undone.revision).toBeGreaterThan(jarvis.revision)
    expect((await undoSettings(app, id)).user).toMatchObject({ persona: 'jarvis', wake_word: 'hey jarvis' })
  })

  it('looks past changes that are no settings, and leaves those alone', async () => {
    const { app, id, sql } = await openWithAlice()
    await changeSettings(app, id, { persona: 'jarvis' })
    await sql("UPDATE users SET subscription_tier = 'premium' WHERE id = ?", id)
    for (let other = 0; other < 30; other++) {
      await signUp(app, { email: `other${other}@example.com` })
      await sql('UPDATE users SET xswarm_phone = ? WHERE id = ?', `+1800555${1000 + other}`, id)
    }
    expect((await undoSettings(app, id)).user).toMatchObject({
      persona: 'hal-9000',
      subscription_tier: 'premium',
    })
  })

  it('takes back the last of several changes, not the first it meets', async () => {
    const { app, id, sql } = await openWithAlice()
    await changeSettings(app, id, { persona: 'jarvis' })
    await changeSettings(app, id, { persona: 'tars' })
    await sql("UPDATE users SET xswarm_phone = '+18005551111' WHERE id = ?", id)
    await sql("UPDATE users SET xswarm_phone = '+18005552222' WHERE id = ?", id)
    expect((await undoSettings(app, id)).user.persona).toBe('jarvis')
  })

  it('finds the last change among many of the same user', async () => {
    const { app, id, database } = await openWithAlice()
    await changeSettings(app, id, { persona: 'jarvis' })
    const statements = Array.from({ length: 450 }, (_, index) =>
      app.users.update(id, { xswarm_phone: `+1800${5550000 + index}` }),
    )
    await database.write({ statements })
    expect((await undoSettings(app, id)).user.persona).toBe('hal-9000')
  })

  it('says so when there is nothing to undo, nobody to undo it for, or the persona is gone', async () => {
    const { app, id } = await openWithAlice()
    expect((await refusalOf(undoSettings(app, id))).code).toBe('conflict')
    expect((await refusalOf(undoSettings(app, 'nobody'))).code).toBe('not-found')
    await changeSettings(app, id, { persona: 'butler' })
    await changeSettings(app, id, { persona: 'jarvis' })
    const without = { ...app, personas: new Map([...app.personas].filter(([key]) => key !== 'butler')) }
    expect(await refusalOf(undoSettings(without, id))).toMatchObject({ code: 'conflict' })
  })
})
