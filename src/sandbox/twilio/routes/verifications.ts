import type { ApiRequest, ApiRoute, Params } from '../api.ts'
import { notFound } from '../errors.ts'
import { metaList, PAGING, pageOf } from '../paging.ts'
import type { Verification } from '../state.ts'
import {
  createVerification,
  editVerification,
  statusOf,
  VERIFICATION_PARAMETERS,
  verificationJson,
} from '../verifications.ts'
import type { World } from '../world.ts'

const BASE = '/v1/Tollfree/Verifications'
const FILTERS = [
  'TollfreePhoneNumberSid',
  'Status',
  'ExternalReferenceId',
  'IncludeSubAccounts',
  'TrustProductSid',
  ...PAGING,
]

/** Toll-free verification: the permission to text, which somebody at Twilio gives by hand. */
export function verificationRoutes(world: World): readonly ApiRoute[] {
  const show = (one: Verification, { origin }: ApiRequest) => verificationJson(world, one, origin)
  const find = (request: ApiRequest): Verification => {
    const found = world.store.get('verification', request.segment('sid'))
    if (found === undefined) throw notFound(request.path)
    return found
  }
  const operation = 'verification'
  const one = `${BASE}/:sid`
  return [
    {
      method: 'POST',
      path: BASE,
      operation,
      parameters: VERIFICATION_PARAMETERS,
      handle: (request) => ({ status: 201, body: show(createVerification(world, request.params), request) }),
    },
    {
      method: 'GET',
      path: BASE,
      operation,
      parameters: FILTERS,
      handle(request) {
        const found = world.store.list('verification').filter(filterOf(world, request.params))
        const page = pageOf(found, request)
        return { status: 200, body: metaList('verifications', page, request, (item) => show(item, request)) }
      },
    },
    {
      method: 'GET',
      path: one,
      operation,
      parameters: [],
      handle: (request) => ({ status: 200, body: show(find(request), request) }),
    },
    {
      method: 'POST',
      path: one,
      operation,
      parameters: VERIFICATION_PARAMETERS,
      handle(request) {
        const edited = editVerification(world, find(request), request.params)
        return { status: 200, body: show(edited, request) }
      },
    },
    {
      method: 'DELETE',
      path: one,
      operation,
      parameters: [],
      handle(request) {
        world.store.remove('verification', find(request).sid)
        return { status: 204 }
      },
    },
  ]
}

function filterOf(world: World, params: Params): (one: Verification) => boolean {
  const [number, status, reference] = ['TollfreePhoneNumberSid', 'Status', 'ExternalReferenceId'].map(
    params.get,
  )
  return (one) =>
    (number === undefined || one.sent.TollfreePhoneNumberSid === number) &&
    (status === undefined || statusOf(world, one) === status) &&
    (reference === undefined || one.sent.ExternalReferenceId === reference)
}
