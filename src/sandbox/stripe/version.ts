import { refuse } from './errors.ts'

/** The API version whose shapes this sandbox speaks: the one that the installed SDK pins. */
export const API_VERSION = '2026-10-28.endive'

const TRAIN = API_VERSION.slice(API_VERSION.indexOf('.'))

/** The version a request asks for. Within a release train Stripe only adds, so any version of the train will do. */
export function readVersion(header: string | undefined): string {
  if (header === undefined || header === '') return API_VERSION
  if (/^\d{4}-\d{2}-\d{2}\.[a-z]+$/.test(header) && header.endsWith(TRAIN)) return header
  throw refuse(`Invalid Stripe API version: ${header}. This sandbox speaks ${API_VERSION}.`)
}
