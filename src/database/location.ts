import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../domain/errors.ts'

/** Where a database is, taken apart from `database.url`. */
export type DatabaseLocation =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'remote'; readonly url: URL }

/** Throws AppError `misconfigured`; its message never repeats the url, which may carry a token. */
export function parseDatabaseUrl(text: string): DatabaseLocation {
  if (text.startsWith('file:')) return { kind: 'local', path: parseFile(text) }
  if (!URL.canParse(text)) throw wrong('is not a URL. Use file:data/xswarm.db, libsql://HOST or https://HOST')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong(
      'carries credentials or options. Put the token into TURSO_AUTH_TOKEN in .env and leave only the address',
    )
  }
  if (url.protocol === 'libsql:')
    return { kind: 'remote', url: new URL(`https://${url.host}${url.pathname}`) }
  if (url.protocol === 'https:') return { kind: 'remote', url }
  if (url.protocol === 'http:') {
    if (isLoopback(url.hostname)) return { kind: 'remote', url }
    throw wrong(
      'uses plain http to another machine, where everybody on the way can read it. Use https or libsql',
    )
  }
  throw wrong(
    `starts with ${url.protocol}, which is not supported. Use file:, libsql://, https://, or http:// to this machine`,
  )
}

function parseFile(text: string): string {
  const rest = text.slice('file:'.length)
  if (rest === '' || rest === ':memory:' || rest.endsWith('/'))
    throw wrong('names no file. Use for example file:data/xswarm.db')
  if (/[?#]/.test(rest))
    throw wrong('has options behind the file name, which are not supported. Leave only the file name')
  try {
    return rest.startsWith('//') ? fileURLToPath(text) : resolve(decodeURIComponent(rest))
  } catch (error) {
    throw wrong('is not a file URL of this machine. Use for example file:data/xswarm.db', error)
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function wrong(what: string, cause?: unknown): AppError {
  return new AppError('misconfigured', `database.url ${what}.`, { cause })
}
