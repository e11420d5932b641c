import { z } from 'zod'
import { changeEmail } from '../../actions/change-email.ts'
import { closeAccount } from '../../actions/close-account.ts'
import { exportUser } from '../../actions/export-user.ts'
import { requestEmailChange } from '../../actions/request-email-change.ts'
import type { App } from '../../domain/app.ts'
import { exportShape, receiptShape } from '../admin-shapes.ts'
import { createCookies } from '../cookies.ts'
import { json, type Route, route, withCookies } from '../route.ts'
import { userShape } from '../shapes.ts'

const emailBody = z.strictObject({
  email: z.string().describe('The address to use from now on.'),
  code: z.string().optional().describe('The six digits that were mailed there.'),
})

const sentShape = z.strictObject({
  email: z.string().describe('Where the code went.'),
  expires_in: z.int().describe('Seconds.'),
})

/** Changing the own address, taking the own data, and leaving. */
export function myDataRoutes(app: App): readonly Route[] {
  const cookies = createCookies(app.config.server.public_url)
  return [
    route({
      method: 'POST',
      path: '/api/me/email',
      name: 'changeEmail',
      who: 'user',
      kind: 'api',
      summary: 'Mails a code to a new address; sent again together with the code it swaps the address.',
      body: { type: 'json', schema: emailBody },
      answers: {
        200: { description: 'The address is swapped, and the old one is told.', schema: userShape },
        202: { description: 'A code is on its way, unless somebody has the address.', schema: sentShape },
      },
      problems: ['email-taken', 'too-often', 'unknown-outcome', 'cross-site'],
      handle: async ({ body, signedIn }) => {
        if (body.code === undefined) {
          const { email, minutes } = await requestEmailChange(app, signedIn.user, body)
          return json(202, { email, expires_in: minutes * 60 })
        }
        const { user, revision } = await changeEmail(app, signedIn.user, {
          email: body.email,
          code: body.code,
        })
        return json(200, user, { ETag: `"${revision}"` })
      },
    }),
    route({
      method: 'GET',
      path: '/api/me/export',
      name: 'exportMe',
      who: 'user',
      kind: 'api',
      summary: 'Everything held about you.',
      answers: { 200: { description: 'As a file to keep.', schema: exportShape } },
      handle: async ({ signedIn }) => {
        const { id } = signedIn.user
        const everything = await exportUser(app, id, `user:${id}`)
        return json(200, everything, { 'Content-Disposition': 'attachment; filename="xswarm-export.json"' })
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/me',
      name: 'closeMe',
      who: 'user',
      kind: 'api',
      summary: 'Closes your account and removes everything held about you. It cannot be undone.',
      answers: { 200: { description: 'The receipt, also sent by mail.', schema: receiptShape } },
      problems: ['conflict', 'unknown-outcome', 'cross-site'],
      handle: async ({ signedIn }) => {
        const { id } = signedIn.user
        const receipt = await closeAccount(app, id, `user:${id}`)
        return withCookies(json(200, receipt), cookies.clear('session'))
      },
    }),
  ]
}
