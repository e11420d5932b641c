import { z } from 'zod'
import { decideDevice, findWaitingDevice } from '../../actions/decide-device.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { type DevicePageState, devicePage } from '../../web/device-page.ts'
import type { Asset, AssetName } from '../assets.ts'
import { refusalOf } from '../problems.ts'
import { type Ask, page, type Reply, type Route, route } from '../route.ts'

const query = z.object({ user_code: z.string().max(100).optional().catch(undefined) })
const form = z.object({
  user_code: z.string().max(100),
  decision: z.enum(['approve', 'deny']),
})

type Assets = ReadonlyMap<AssetName, Asset>

/** Where a person lets a device in that shows them a code. */
export function devicePageRoutes(app: App, assets: Assets): readonly Route[] {
  const show = (status: number, state: DevicePageState, headers?: Readonly<Record<string, string>>) =>
    page(status, devicePage(state, assets), headers)
  return [
    route({
      method: 'GET',
      path: '/device',
      name: 'showDevice',
      who: 'user',
      kind: 'page',
      summary: 'Asks for the code a device shows, then whether it may sign in.',
      query,
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      problems: ['invalid', 'too-often'],
      handle: async ({ query, client, signedIn, id }) => {
        const { email } = signedIn.user
        const code = query.user_code ?? ''
        if (code === '') return show(200, { kind: 'ask', email, code })
        const device = await orRefused(findWaitingDevice(app, code, { address: client.ip }), id)
        if (device.kind === 'refused')
          return show(device.status, { kind: 'ask', email, code, fault: device.detail }, device.headers)
        return show(200, { kind: 'decide', email, device: device.found })
      },
    }),
    route({
      method: 'POST',
      path: '/device',
      name: 'decideDevice',
      who: 'user',
      kind: 'page',
      summary: 'Lets the device in, or turns it away.',
      body: { type: 'form', schema: form },
      answers: { 200: { description: 'The page that says so.', type: 'text/html' } },
      problems: ['invalid', 'too-often', 'unknown-outcome'],
      handle: (ask) => decide(app, ask, show),
    }),
  ]
}

async function decide(
  app: App,
  { body, signedIn, id }: Ask<z.output<typeof form>, unknown, unknown, 'user'>,
  show: (status: number, state: DevicePageState, headers?: Readonly<Record<string, string>>) => Reply,
): Promise<Reply> {
  const { email } = signedIn.user
  const decision = body.decision === 'approve' ? 'approved' : 'denied'
  const decided = await orRefused(decideDevice(app, signedIn, body.user_code, decision), id)
  if (decided.kind === 'refused') {
    const { status, detail, headers } = decided
    return show(status, { kind: 'ask', email, code: body.user_code, fault: detail }, headers)
  }
  return show(200, { kind: 'decided', email, decision })
}

type Outcome<T> =
  | { readonly kind: 'found'; readonly found: T }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly detail: string
      readonly headers: Readonly<Record<string, string>>
    }

/** A wrong code is shown at its field; everything else that is refused gets a page of its own. */
async function orRefused<T>(work: Promise<T>, id: string): Promise<Outcome<T>> {
  try {
    return { kind: 'found', found: await work }
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'invalid' && error.code !== 'too-often')) throw error
    const { problem, headers } = refusalOf(error, id)
    return { kind: 'refused', status: problem.status, detail: problem.detail, headers }
  }
}
