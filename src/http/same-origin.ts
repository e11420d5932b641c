import { type Client, originOf } from './client-address.ts'
import { RequestFault } from './problems.ts'

/**
 * Refuses a form that another site made the browser send. Browsers tell with `Sec-Fetch-Site`, on plain http at
 * least with `Origin`; without both it is no browser, which has no session of a victim to misuse.
 */
export function demandSameOrigin(request: Request, client: Client, publicUrl: string): void {
  const site = request.headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return
  const origin = request.headers.get('origin')
  if (site === null && (origin === null || isOurs(origin, request, client, publicUrl))) return
  throw new RequestFault('cross-site', 'Open this page directly and send the form from there.')
}

/** The browser fills in `Host` itself, so a page of another site cannot make the two agree. */
function isOurs(origin: string, request: Request, client: Client, publicUrl: string): boolean {
  return origin === client.origin || origin === originOf(publicUrl) || origin === originOf(request.url)
}
