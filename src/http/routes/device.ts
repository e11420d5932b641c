import { z } from 'zod'
import { pollDevice } from '../../actions/poll-device.ts'
import { requestDevice } from '../../actions/request-device.ts'
import type { App } from '../../domain/app.ts'
import { DEVICE_GRANT_TYPE, type TokenError } from '../../domain/device-grants.ts'
import { oauthError } from '../oauth.ts'
import { type Ask, JSON_TYPE, json, type Reply, type Route, route } from '../route.ts'

// RFC 6749, 3.1: parameters we do not know are ignored, and an empty one counts as left out.
const parameter = z.string().max(2000).optional()

const requestForm = z.object({
  client_id: parameter.describe('What the program calls itself.'),
  device_name: parameter.describe('What the person recognises the device by.'),
})

const tokenForm = z.object({
  grant_type: parameter.describe(DEVICE_GRANT_TYPE),
  device_code: parameter,
  client_id: parameter,
})

const requestedShape = z.strictObject({
  device_code: z.string(),
  user_code: z.string().describe('For the person to type, for example WDJB-MJHT.'),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.int(),
  interval: z.int().describe('Seconds to wait between two questions.'),
})

const tokenShape = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
})

/** Signing in on a device without a browser: RFC 8628, with the discovery of RFC 8414. */
export function deviceRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/device',
      name: 'requestDevice',
      who: 'anyone',
      kind: 'oauth',
      summary: 'A device asks to be signed in (RFC 8628, 3.1).',
      body: { type: 'form', schema: requestForm },
      answers: { 200: { description: 'The codes for the device and its owner.', schema: requestedShape } },
      problems: ['too-often', 'unknown-outcome'],
      handle: (ask) => askForDevice(app, ask),
    }),
    route({
      method: 'POST',
      path: '/api/auth/token',
      name: 'pollDevice',
      who: 'anyone',
      kind: 'oauth',
      summary: 'A waiting device asks for its token (RFC 8628, 3.4).',
      body: { type: 'form', schema: tokenForm },
      answers: { 200: { description: 'The token of a session.', schema: tokenShape } },
      problems: ['too-often', 'unknown-outcome'],
      handle: (ask) => handOverToken(app, ask),
    }),
    discoveryRoute(app),
  ]
}

async function askForDevice(app: App, { body, client }: Ask<z.output<typeof requestForm>>): Promise<Reply> {
  if (!body.client_id) return oauthError(400, 'invalid_request', 'Send client_id, the name of your program.')
  const input = { clientId: body.client_id, name: body.device_name }
  const { user_code, ...asked } = await requestDevice(app, input, { address: client.ip })
  const page = `${issuerOf(app)}/device`
  return json(200, {
    ...asked,
    user_code,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${user_code}`,
  })
}

async function handOverToken(app: App, { body, client }: Ask<z.output<typeof tokenForm>>): Promise<Reply> {
  const { grant_type, device_code, client_id } = body
  if (!grant_type) return refuse('invalid_request', 'Send grant_type.')
  if (grant_type !== DEVICE_GRANT_TYPE) return refuse('unsupported_grant_type')
  if (!device_code || !client_id) return refuse('invalid_request', 'Send device_code and client_id.')
  const poll = await pollDevice(app, { deviceCode: device_code, clientId: client_id }, { address: client.ip })
  if (poll.kind === 'refused') return refuse(poll.error)
  const { expires_at, last_seen_at } = poll.session
  const expires_in = Math.floor((expires_at - last_seen_at) / 1000)
  return json(200, { access_token: poll.token, token_type: 'Bearer', expires_in }, { Pragma: 'no-cache' })
}

function refuse(error: TokenError, description: string = DESCRIPTIONS[error]): Reply {
  return oauthError(400, error, description)
}

const DESCRIPTIONS: Record<TokenError, string> = {
  authorization_pending: 'The person has not decided yet. Ask again after the interval.',
  slow_down: 'You asked too soon. Wait five seconds longer between two questions from now on.',
  access_denied: 'The person turned the device away.',
  expired_token: 'The code is over. Start again.',
  invalid_grant: 'This device code is none of ours, or its token was handed over already.',
  invalid_request: 'The request is not complete.',
  unsupported_grant_type: `Only ${DEVICE_GRANT_TYPE} is possible here.`,
}

function discoveryRoute(app: App): Route {
  const issuer = issuerOf(app)
  const metadata = {
    issuer,
    device_authorization_endpoint: `${issuer}/api/auth/device`,
    token_endpoint: `${issuer}/api/auth/token`,
    grant_types_supported: [DEVICE_GRANT_TYPE],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['none'],
    service_documentation: `${issuer}/openapi.json`,
  }
  return route({
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    name: 'discover',
    who: 'anyone',
    kind: 'oauth',
    summary: 'What an OAuth client needs to know (RFC 8414).',
    answers: {
      200: { description: 'The metadata.', type: JSON_TYPE, schema: z.looseObject({ issuer: z.string() }) },
    },
    handle: () => json(200, metadata),
  })
}

/** Where this server is reached from outside; never taken from a request, which could name any host. */
function issuerOf(app: Pick<App, 'config'>): string {
  return app.config.server.public_url.replace(/\/+$/, '')
}
