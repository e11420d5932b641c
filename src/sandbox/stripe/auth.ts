import { timingSafeEqual } from 'node:crypto'
import { unauthorized } from './errors.ts'

const HELP =
  "You can see your API key in the sandbox's state file or in the log of the program that started it."

/** Lets nobody in without the secret key, as Bearer or as the name of Basic authentication. */
export function authenticate(header: string | undefined, secretKey: string): void {
  const key = keyFrom(header)
  if (key === undefined) {
    throw unauthorized(
      `You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). ${HELP}`,
    )
  }
  if (key.startsWith('pk_')) {
    throw unauthorized(
      'This API call cannot be made with a publishable API key. Please use a secret API key.',
      'secret_key_required',
    )
  }
  if (!equal(key, secretKey)) throw unauthorized(`Invalid API Key provided: ${masked(key)}`)
}

function keyFrom(header = ''): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(header.trim()) ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const [name = ''] = Buffer.from(value, 'base64').toString().split(':')
  return name === '' ? undefined : name
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function masked(key: string): string {
  return key.length <= 12
    ? '*'.repeat(key.length)
    : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
}
