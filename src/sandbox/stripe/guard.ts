import type { Context } from 'hono'
import { AppError } from '../../domain/errors.ts'
import type { Sandbox } from './sandbox.ts'

const HERE = ['127.0.0.1', 'localhost', '[::1]']

/**
 * The pages ask nobody who they are, so they answer to this machine only: not to another site's form in the same browser,
 * nor to a foreign name that was made to point here. Throws AppError `forbidden`.
 */
export function demandThisMachine({ publicUrl }: Pick<Sandbox, 'publicUrl'>, { req }: Context): void {
  const outside = new URL(publicUrl)
  const host = (req.header('host') ?? '').replace(/:\d+$/, '')
  const isKnown = HERE.includes(host) || host === outside.hostname
  if (isKnown && (req.method === 'GET' || isOurForm(req, outside.origin))) return
  throw new AppError('forbidden', 'The sandbox is moved from its own pages on this machine only.')
}

function isOurForm(req: Context['req'], outside: string): boolean {
  const site = req.header('sec-fetch-site')
  const origin = req.header('origin')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || origin === new URL(req.url).origin || origin === outside
}

export type Fields = Readonly<Record<string, unknown>>

/** The fields of a JSON object or a form. Throws AppError `invalid`. */
export async function readFields({ req }: Context): Promise<Fields> {
  const text = await req.text()
  if (!/^application\/json\b/i.test(req.header('content-type') ?? '')) {
    return Object.fromEntries(new URLSearchParams(text))
  }
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields // just looked
  } catch (cause) {
    throw new AppError('invalid', 'The body is no JSON.', { cause })
  }
  throw new AppError('invalid', 'The body must be a JSON object.')
}

/** Its text, or undefined when it is absent or empty. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

export function wantsPage({ req }: Context): boolean {
  return (req.header('accept') ?? '').includes('text/html')
}
