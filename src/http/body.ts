import type { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { invalidInput } from './faults.ts'
import { RequestFault } from './problems.ts'
import type { BodyRule } from './route.ts'

const bytesMaxOfApi = 64 * 1024
const contentTypes = {
  json: 'application/json',
  raw: 'application/json',
  form: 'application/x-www-form-urlencoded',
} as const

/**
 * Reads, decodes and validates the body. Throws RequestFault `unsupported-type`, `too-large` or `malformed`, and
 * AppError `invalid` with every fault of every field.
 */
export async function readBody(request: Request, rule: BodyRule<z.ZodType>): Promise<unknown> {
  demandType(request.headers, rule.type)
  const text = await readText(request, rule.bytesMax ?? bytesMaxOfApi)
  if (rule.type === 'raw') return text
  // What cannot be decoded becomes this character. Nobody's email or phone holds it, so refusing it costs nobody.
  if (text.includes('\uFFFD')) throw new RequestFault('malformed', 'The body is not UTF-8 text.')
  const input = rule.type === 'json' ? parseJson(text) : parseForm(text)
  const parsed = rule.schema.safeParse(input)
  if (!parsed.success) throw invalidInput(parsed.error, rule.schema, input, 'body')
  return parsed.data
}

function demandType(headers: Headers, type: BodyRule<z.ZodType>['type']): void {
  const wanted = contentTypes[type]
  const given = headers.get('content-type')
  // The one that nearly everybody sends, without taking it apart.
  if (given !== wanted) {
    const [essence = '', ...parameters] = (given ?? '').split(';').map((part) => part.trim().toLowerCase())
    const charset = parameters.find((one) => one.startsWith('charset='))?.slice('charset='.length) ?? 'utf-8'
    if (essence !== wanted || charset.replaceAll('"', '') !== 'utf-8')
      throw new RequestFault('unsupported-type', `Send the body as \`Content-Type: ${wanted}\` in UTF-8.`, {
        Accept: wanted,
      })
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity')
    throw new RequestFault('unsupported-type', 'Send the body without a Content-Encoding.')
}

/**
 * The body as text, never holding more than the limit: a longer one is refused by its `Content-Length`, or while
 * it streams in when it does not say how long it is.
 */
async function readText(request: Request, bytesMax: number): Promise<string> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > bytesMax) throw tooLarge(bytesMax)
  const text = declared === null ? await readCounted(request, bytesMax) : await readDeclared(request)
  if (text.length > bytesMax) throw tooLarge(bytesMax)
  return text
}

async function readDeclared(request: Request): Promise<string> {
  try {
    return await request.text()
  } catch (cause) {
    throw cutOff(cause)
  }
}

async function readCounted(request: Request, bytesMax: number): Promise<string> {
  if (request.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of request.body) {
      bytes += chunk.byteLength
      if (bytes > bytesMax) throw tooLarge(bytesMax)
      text += decoder.decode(chunk, { stream: true })
    }
  } catch (cause) {
    throw cause instanceof RequestFault ? cause : cutOff(cause)
  }
  return text + decoder.decode()
}

function tooLarge(bytesMax: number): RequestFault {
  return new RequestFault('too-large', `Send at most ${bytesMax / 1024} KiB.`)
}

function cutOff(cause: unknown): RequestFault {
  const fault = new RequestFault('malformed', 'The body ended before it was complete.')
  fault.cause = cause
  return fault
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message repeats the text around the fault, which may be somebody's secret.
    throw new RequestFault(
      'malformed',
      text === '' ? 'The body is empty; send JSON.' : 'The body is not JSON.',
    )
  }
}

/** Each field once: a second value for the same name is how filters are tricked. */
export function parseForm(text: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in fields)
      throw new RequestFault('malformed', `The parameter ${printable(name)} is there twice; send it once.`)
    fields[name] = value
  }
  return fields
}

/** The parameters after the `?`, validated. Throws as `readBody` does. */
export function readQuery(url: string, schema: z.ZodType | undefined, isStrict: boolean): unknown {
  const start = url.indexOf('?')
  if (start === -1 && schema === undefined) return undefined
  const fields = start === -1 ? {} : parseForm(url.slice(start + 1))
  if (schema === undefined) {
    const [first] = Object.keys(fields)
    if (isStrict && first !== undefined)
      throw new AppError('invalid', 'This route takes no parameters.', {
        fields: [{ field: printable(first), message: 'This is not known here.' }],
      })
    return undefined
  }
  const parsed = schema.safeParse(fields)
  if (!parsed.success) throw invalidInput(parsed.error, schema, fields, 'parameters')
  return parsed.data
}

/** The declared headers, validated; the rest are nobody's business here. */
export function readHeaders(headers: Headers, schema: z.ZodObject): Record<string, unknown> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = headers.get(name)
    if (value !== null) given[name] = value
  }
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw invalidInput(parsed.error, schema, given, 'headers')
  return parsed.data
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 60))
}
