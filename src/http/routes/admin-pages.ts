import { z } from 'zod'
import { findUsers } from '../../actions/find-users.ts'
import { listJobs } from '../../actions/list-jobs.ts'
import { retryJob } from '../../actions/retry-job.ts'
import { verifyAudit } from '../../actions/verify-audit.ts'
import { viewAudit } from '../../actions/view-audit.ts'
import { viewOverview } from '../../actions/view-overview.ts'
import { viewUser } from '../../actions/view-user.ts'
import { adminRightsOf } from '../../domain/admins.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { JOB_STATES } from '../../domain/jobs.ts'
import { auditPage, jobsPage, overviewPage, usersPage } from '../../web/admin-pages.ts'
import { adminUserPage } from '../../web/admin-user-page.ts'
import { adminOf, jobIdOf } from '../admin-parameters.ts'
import type { Asset, AssetName } from '../assets.ts'
import { page, type Route, redirect, route } from '../route.ts'

type Assets = ReadonlyMap<AssetName, Asset>

const right = 'can_view_all_users'
const PAGE_LENGTH = 50
const answers = { 200: { description: 'The page.', type: 'text/html' } }
const sentOn = { 303: { description: 'On to the page that shows it.', type: 'text/html' } }
/** Whatever stands in the address bar, the page comes. */
const text = z.string().max(300).optional().catch(undefined)
const cursor = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional()
  .catch(undefined)

const numberOf = (given: string | undefined) => (given === undefined ? undefined : Number(given))

/** The admin's pages. They need no script. */
export function adminPageRoutes(app: App, assets: Assets): readonly Route[] {
  return [...userPages(app, assets), ...jobPages(app, assets), ...auditPages(app, assets)]
}

function userPages(app: App, assets: Assets): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin',
      name: 'showOverview',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'The overview, with plots.',
      answers,
      handle: async ({ signedIn }) =>
        page(200, overviewPage(await viewOverview(app, adminOf(signedIn)), assets)),
    }),
    route({
      method: 'GET',
      path: '/admin/users',
      name: 'showUsers',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'The search for users.',
      query: z.object({ query: text, tier: text, cursor }),
      answers,
      problems: ['invalid'],
      handle: async ({ query, signedIn }) => {
        const search = { query: query.query ?? '', tier: query.tier ?? '', cursor: query.cursor }
        const asked = {
          query: search.query,
          tier: search.tier || undefined,
          cursor: numberOf(query.cursor),
          limit: PAGE_LENGTH,
        }
        try {
          return page(200, usersPage(search, await findUsers(app, asked, adminOf(signedIn)), assets))
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'invalid') throw error
          return page(422, usersPage({ ...search, fault: error.message }, undefined, assets))
        }
      },
    }),
    route({
      method: 'GET',
      path: '/admin/users/:id',
      name: 'showUser',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'Everything about one user.',
      answers,
      problems: ['not-found'],
      handle: async ({ params, signedIn }) => {
        const story = await viewUser(app, params.id ?? '', adminOf(signedIn))
        const rights = adminRightsOf(signedIn.user, app.config)
        return page(200, adminUserPage(story, assets, rights?.has('can_provision_numbers')))
      },
    }),
  ]
}

function jobPages(app: App, assets: Assets): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin/jobs',
      name: 'showJobs',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'The durable work queue.',
      query: z.object({ state: z.enum(JOB_STATES).optional().catch(undefined), cursor, retried: cursor }),
      answers,
      handle: async ({ query, signedIn }) => {
        const asked = { state: query.state, cursor: numberOf(query.cursor), limit: PAGE_LENGTH }
        const found = await listJobs(app, asked, adminOf(signedIn))
        const notice = query.retried === undefined ? undefined : `Job ${query.retried} waits again.`
        return page(200, jobsPage({ state: query.state, cursor: query.cursor, notice }, found, assets))
      },
    }),
    route({
      method: 'POST',
      path: '/admin/jobs/:id/retry',
      name: 'sendRetry',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'Gives a job that failed for good all its attempts again.',
      answers: sentOn,
      problems: ['not-found', 'conflict', 'cross-site'],
      handle: async ({ params, signedIn }) => {
        const { id } = await retryJob(app, jobIdOf(params.id), adminOf(signedIn))
        return redirect(`/admin/jobs?retried=${id}`)
      },
    }),
  ]
}

function auditPages(app: App, assets: Assets): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin/audit',
      name: 'showAudit',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'What admins and operators did.',
      query: z.object({ user_id: text, cursor }),
      answers,
      handle: async ({ query, signedIn }) => {
        const { user_id } = query
        const asked = { user_id, cursor: numberOf(query.cursor), limit: PAGE_LENGTH }
        return page(200, auditPage(query, await viewAudit(app, asked, adminOf(signedIn)), assets))
      },
    }),
    route({
      method: 'POST',
      path: '/admin/audit/verify',
      name: 'sendVerify',
      who: 'admin',
      right,
      kind: 'page',
      summary: 'Checks every entry of the audit log against the one before it.',
      answers,
      problems: ['cross-site'],
      handle: async ({ signedIn }) => {
        const actor = adminOf(signedIn)
        const verdict = await verifyAudit(app, actor)
        return page(200, auditPage({ verdict }, await viewAudit(app, { limit: PAGE_LENGTH }, actor), assets))
      },
    }),
  ]
}
