import { z } from 'zod'
import { findUsers } from '../../actions/find-users.ts'
import { listJobs } from '../../actions/list-jobs.ts'
import { retryJob } from '../../actions/retry-job.ts'
import { viewAudit } from '../../actions/view-audit.ts'
import { viewOverview } from '../../actions/view-overview.ts'
import { viewUser } from '../../actions/view-user.ts'
import type { App } from '../../domain/app.ts'
import { JOB_STATES } from '../../domain/jobs.ts'
import { adminOf, cursorQuery, jobIdOf, limitQuery, printCursor } from '../admin-parameters.ts'
import {
  auditPageShape,
  jobPageShape,
  jobShape,
  overviewShape,
  storyShape,
  userPageShape,
} from '../admin-shapes.ts'
import { json, type Route, route } from '../route.ts'

const right = 'can_view_all_users'

/** What the admin of config.toml asks. Everything that is asked here is in the audit log. */
export function adminRoutes(app: App): readonly Route[] {
  return [...adminUserRoutes(app), ...adminJobRoutes(app)]
}

function adminUserRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/admin/users',
      name: 'findUsers',
      who: 'admin',
      right,
      kind: 'api',
      summary:
        'Finds users by any part of email, phone, assigned number or assigned address, the newest first.',
      query: z.strictObject({
        query: z.string().max(300).optional().describe('Three characters or more.'),
        tier: z.string().max(60).optional(),
        cursor: cursorQuery,
        limit: limitQuery,
      }),
      answers: { 200: { description: 'A page of users.', schema: userPageShape } },
      handle: async ({ query, signedIn }) => {
        const { users, next_cursor, complete } = await findUsers(app, query, adminOf(signedIn))
        return json(200, { users, next_cursor: printCursor(next_cursor), complete })
      },
    }),
    route({
      method: 'GET',
      path: '/api/admin/users/:id',
      name: 'viewUser',
      who: 'admin',
      right,
      kind: 'api',
      summary: 'The whole story of one user.',
      answers: { 200: { description: 'The user with the newest of everything.', schema: storyShape } },
      problems: ['not-found'],
      handle: async ({ params, signedIn }) =>
        json(200, await viewUser(app, params.id ?? '', adminOf(signedIn))),
    }),
    route({
      method: 'GET',
      path: '/api/admin/overview',
      name: 'viewOverview',
      who: 'admin',
      right,
      kind: 'api',
      summary: 'How many users, numbers, sign-ups and jobs there are.',
      answers: { 200: { description: 'As of now.', schema: overviewShape } },
      handle: async ({ signedIn }) => json(200, await viewOverview(app, adminOf(signedIn))),
    }),
  ]
}

function adminJobRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/admin/jobs',
      name: 'listJobs',
      who: 'admin',
      right,
      kind: 'api',
      summary: 'The durable work queue, the newest first.',
      query: z.strictObject({
        state: z.enum(JOB_STATES).optional(),
        cursor: cursorQuery,
        limit: limitQuery,
      }),
      answers: { 200: { description: 'A page of jobs.', schema: jobPageShape } },
      handle: async ({ query, signedIn }) => {
        const { jobs, next_cursor } = await listJobs(app, query, adminOf(signedIn))
        return json(200, { jobs, next_cursor: printCursor(next_cursor) })
      },
    }),
    route({
      method: 'POST',
      path: '/api/admin/jobs/:id/retry',
      name: 'retryJob',
      who: 'admin',
      right,
      kind: 'api',
      summary: 'Gives a job that failed for good all its attempts again.',
      answers: { 200: { description: 'It waits again.', schema: jobShape } },
      problems: ['not-found', 'conflict', 'cross-site'],
      handle: async ({ params, signedIn }) =>
        json(200, await retryJob(app, jobIdOf(params.id), adminOf(signedIn))),
    }),
    route({
      method: 'GET',
      path: '/api/admin/audit',
      name: 'viewAudit',
      who: 'admin',
      right,
      kind: 'api',
      summary: 'What admins and operators did, the newest first.',
      query: z.strictObject({
        user_id: z.string().max(200).optional().describe('Only what is about this user.'),
        cursor: cursorQuery,
        limit: limitQuery,
      }),
      answers: { 200: { description: 'A page of the audit log.', schema: auditPageShape } },
      handle: async ({ query, signedIn }) => {
        const { entries, next_cursor } = await viewAudit(app, query, adminOf(signedIn))
        return json(200, { entries, next_cursor: printCursor(next_cursor) })
      },
    }),
  ]
}
