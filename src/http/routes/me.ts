import { z } from 'zod'
import { changeSettings } from '../../actions/change-settings.ts'
import { undoSettings } from '../../actions/undo-settings.ts'
import { accountOf } from '../../domain/account.ts'
import type { App } from '../../domain/app.ts'
import type { RevisedUser } from '../../domain/users.ts'
import { etagOf, expectedRevision, ifMatchHeaders } from '../if-match.ts'
import { json, type Reply, type Route, route } from '../route.ts'
import { accountShape } from '../shapes.ts'

const settingsBody = z.strictObject({
  persona: z.string().optional().describe('A key of the catalogue. Brings its wake word along.'),
  wake_word: z.string().optional().describe('2 to 60 characters.'),
  phone: z.string().nullable().optional().describe('With country code; null takes it away.'),
})

const changedAnswer = { description: 'The account now; its ETag is the new revision.', schema: accountShape }

/** Whoever is signed in, about themselves. */
export function meRoutes(app: App): readonly Route[] {
  const account = async (revised: RevisedUser): Promise<Reply> => {
    const now = app.clock.now()
    const facts = await app.readAccountFacts(revised.user, now)
    return json(200, accountOf(revised, facts, app.config, now), etagOf(revised.revision))
  }
  return [
    route({
      method: 'GET',
      path: '/api/me',
      name: 'readMe',
      who: 'user',
      kind: 'api',
      summary: 'Your account: the user, what the tier includes, what was used, number and subscription.',
      answers: { 200: { description: 'The account; its ETag is the revision.', schema: accountShape } },
      handle: ({ signedIn }) => account(signedIn),
    }),
    route({
      method: 'PATCH',
      path: '/api/me',
      name: 'changeMe',
      who: 'user',
      kind: 'api',
      summary: 'Changes your settings. Every device of yours that listens hears of it.',
      body: { type: 'json', schema: settingsBody },
      headers: ifMatchHeaders,
      answers: { 200: changedAnswer },
      problems: ['stale', 'conflict', 'unknown-outcome'],
      handle: async ({ signedIn, body, headers }) => {
        const expected = expectedRevision(headers, signedIn.revision)
        return account(await changeSettings(app, signedIn.user.id, body, expected))
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/undo',
      name: 'undoMe',
      who: 'user',
      kind: 'api',
      summary: 'Takes the last change of your settings back; a second time restores it.',
      headers: ifMatchHeaders,
      answers: { 200: changedAnswer },
      problems: ['stale', 'conflict', 'unknown-outcome'],
      handle: async ({ signedIn, headers }) => {
        const expected = expectedRevision(headers, signedIn.revision)
        return account(await undoSettings(app, signedIn.user.id, expected))
      },
    }),
  ]
}
