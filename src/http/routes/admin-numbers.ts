import { z } from 'zod'
import { listNumbers } from '../../actions/list-numbers.ts'
import { provideNumber } from '../../actions/provide-number.ts'
import { withdrawNumber } from '../../actions/withdraw-number.ts'
import type { App } from '../../domain/app.ts'
import { NUMBER_STATES } from '../../domain/numbers.ts'
import { numbersPage } from '../../web/admin-numbers-page.ts'
import { adminOf } from '../admin-parameters.ts'
import { ledgerNumberShape } from '../admin-shapes.ts'
import type { Asset, AssetName } from '../assets.ts'
import { json, page, type Route, redirect, route } from '../route.ts'

const right = 'can_provision_numbers'
const PAGE_LENGTH = 50
const accepted = z.strictObject({
  number: ledgerNumberShape.nullable().describe('As the ledger has it now.'),
})
const cursor = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional()
  .catch(undefined)

/** What an admin does about numbers. Everything is in the audit log. */
export function adminNumberRoutes(app: App, assets: ReadonlyMap<AssetName, Asset>): readonly Route[] {
  return [...apiRoutes(app), ...numberPages(app, assets)]
}

function apiRoutes(app: App): readonly Route[] {
  const common = { path: '/api/admin/users/:id/number', who: 'admin', right, kind: 'api' } as const
  return [
    route({
      ...common,
      method: 'POST',
      name: 'provideNumber',
      summary: 'Puts a number for a user on its way, also when an earlier attempt was given up.',
      answers: { 202: { description: 'It is on its way, or there.', schema: accepted } },
      problems: ['not-found', 'conflict', 'unknown-outcome', 'cross-site'],
      handle: async ({ params, signedIn }) => {
        const number = await provideNumber(app, params.id ?? '', adminOf(signedIn))
        return json(202, { number: number ?? null })
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      name: 'withdrawNumber',
      summary: "Gives a user's number back at once and for good.",
      answers: { 202: { description: 'It does not answer any more and goes back.', schema: accepted } },
      problems: ['not-found', 'conflict', 'unknown-outcome', 'cross-site'],
      handle: async ({ params, signedIn }) =>
        json(202, { number: await withdrawNumber(app, params.id ?? '', adminOf(signedIn)) }),
    }),
  ]
}

function numberPages(app: App, assets: ReadonlyMap<AssetName, Asset>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin/numbers',
      name: 'showNumbers',
      who: 'admin',
      right: 'can_view_all_users',
      kind: 'page',
      summary: 'The ledger of numbers, and what was spent.',
      query: z.object({ state: z.enum(NUMBER_STATES).optional().catch(undefined), cursor }),
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      handle: async ({ query, signedIn }) => {
        const { state } = query
        const asked = {
          state,
          cursor: query.cursor === undefined ? undefined : Number(query.cursor),
          limit: PAGE_LENGTH,
        }
        return page(200, numbersPage(query, await listNumbers(app, asked, adminOf(signedIn)), assets))
      },
    }),
    route({
      method: 'POST',
      path: '/admin/users/:id/number',
      name: 'sendNumber',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'Provides a number for a user, or gives it back.',
      body: { type: 'form', schema: z.object({ do: z.enum(['provide', 'withdraw']) }) },
      answers: { 303: { description: 'On to the page of the user.', type: 'text/html' } },
      problems: ['not-found', 'conflict', 'unknown-outcome', 'cross-site'],
      handle: async ({ params, body, signedIn }) => {
        const id = params.id ?? ''
        const act = body.do === 'provide' ? provideNumber : withdrawNumber
        await act(app, id, adminOf(signedIn))
        return redirect(`/admin/users/${encodeURIComponent(id)}`)
      },
    }),
  ]
}
