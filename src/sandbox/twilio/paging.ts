import type { ApiRequest } from './api.ts'
import { TwilioError } from './errors.ts'

export const PAGING = ['PageSize', 'Page', 'PageToken'] as const

const SIZE_DEFAULT = 50
const SIZE_MAX = 1000

interface Listed {
  readonly ordinal: number
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly size: number
  readonly index: number
  readonly start: number
  /** Path and query of the pages around, null where there is none. */
  readonly first: string
  readonly next: string | null
  readonly previous: string | null
}

/**
 * One page, newest first. A token names the place in the order rather than a count, so that what is bought or
 * released between two pages neither repeats nor hides anything else. `Page` alone moves nothing, as at Twilio.
 */
export function pageOf<T extends Listed>(all: readonly T[], request: ApiRequest): Page<T> {
  const size = sizeOf(request)
  const sorted = [...all].sort((one, other) => other.ordinal - one.ordinal)
  const token = /^P([AB])(\d{1,15})$/.exec(request.params.get('PageToken') ?? '')
  const place = Number(token?.[2] ?? 0)
  const older = token?.[1] === 'A' ? sorted.filter(({ ordinal }) => ordinal < place) : sorted
  const newer = sorted.filter(({ ordinal }) => ordinal > place)
  const items = token?.[1] === 'B' ? newer.slice(-size) : older.slice(0, size)
  const index = token === null ? 0 : Math.max(0, Math.trunc(Number(request.params.get('Page') ?? 0)) || 0)
  const [head, last] = [items[0], items.at(-1)]
  const link = (page: number, to: string | undefined) => linkTo(request, size, page, to)
  const hasMore = last !== undefined && sorted.some(({ ordinal }) => ordinal < last.ordinal)
  const hasFewer = head !== undefined && sorted.some(({ ordinal }) => ordinal > head.ordinal)
  return {
    items,
    size,
    index,
    start: head === undefined ? 0 : sorted.indexOf(head),
    first: link(0, undefined),
    next: hasMore ? link(index + 1, `PA${last.ordinal}`) : null,
    previous: hasFewer ? link(Math.max(0, index - 1), `PB${head.ordinal}`) : null,
  }
}

function sizeOf({ params }: ApiRequest): number {
  const text = params.get('PageSize')
  if (text === undefined) return SIZE_DEFAULT
  const size = Number(text)
  if (Number.isInteger(size) && size > 0) return Math.min(size, SIZE_MAX)
  throw new TwilioError(20001, 'PageSize must be a number from 1 to 1000')
}

/** The same list with the same filters at another place. */
function linkTo({ path, params }: ApiRequest, size: number, page: number, token: string | undefined): string {
  const query = new URLSearchParams()
  for (const name of params.names) {
    if (PAGING.some((paging) => paging === name)) continue
    for (const value of params.all(name)) query.append(name, value)
  }
  query.set('PageSize', String(size))
  query.set('Page', String(page))
  if (token !== undefined) query.set('PageToken', token)
  return `${path}?${query}`
}

/** A list as the API of 2010 wraps it. */
export function classicList<T extends Listed>(
  key: string,
  page: Page<T>,
  request: ApiRequest,
  show: (item: T) => unknown,
): Record<string, unknown> {
  return {
    first_page_uri: page.first,
    end: page.start + Math.max(0, page.items.length - 1),
    previous_page_uri: page.previous,
    [key]: page.items.map(show),
    uri: request.target,
    page_size: page.size,
    start: page.start,
    next_page_uri: page.next,
    page: page.index,
  }
}

/** A list as the newer APIs wrap it. */
export function metaList<T extends Listed>(
  key: string,
  page: Page<T>,
  request: ApiRequest,
  show: (item: T) => unknown,
): Record<string, unknown> {
  const absolute = (link: string | null) => (link === null ? null : request.origin + link)
  return {
    [key]: page.items.map(show),
    meta: {
      page: page.index,
      page_size: page.size,
      first_page_url: absolute(page.first),
      previous_page_url: absolute(page.previous),
      url: request.origin + request.target,
      next_page_url: absolute(page.next),
      key,
    },
  }
}
