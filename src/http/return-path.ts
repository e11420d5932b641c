/** Where to go after signing in: a path of ours, never another site. Anything else becomes `fallback`. */
export function parseReturnPath(text: string | undefined, fallback: string): string {
  if (text === undefined || text.length > 1000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return fallback
  const url = new URL(text, 'http://ours.invalid')
  return url.origin === 'http://ours.invalid' ? url.pathname + url.search : fallback
}

/** The way to the sign-in page, and back to the page that was asked for. */
export function signInPathFor(request: Request): string {
  const { pathname, search } = new URL(request.url)
  const back = request.method === 'GET' ? pathname + search : pathname
  return `/sign-in?return=${encodeURIComponent(back)}`
}
