import { z } from 'zod'
import { lookUpUser } from '../../actions/look-up-user.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { json, type Route, route } from '../route.ts'
import { entitlementShape, userShape } from '../shapes.ts'

/** A `+` that was not encoded arrives as a space, which neither an address nor a number in E.164 can hold. */
const key = z
  .string()
  .max(320)
  .transform((text) => text.replaceAll(' ', '+'))
  .optional()

const query = z.strictObject({
  email: key.describe("The person's own address."),
  xswarm_email: key.describe('The address we assigned.'),
  xswarm_phone: key.describe('The number we assigned, in E.164.'),
})

export function lookupRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/lookup',
      name: 'lookUpUser',
      who: 'service',
      kind: 'api',
      summary: 'Finds a user by exactly one key, with what their tier includes.',
      query,
      answers: {
        200: { description: 'The user.', schema: userShape.extend({ entitlements: entitlementShape }) },
      },
      problems: ['not-found'],
      handle: async ({ query }) => {
        const found = await lookUpUser(app, query)
        if (found === undefined) throw new AppError('not-found', 'No user has this key.')
        return json(200, found)
      },
    }),
  ]
}
