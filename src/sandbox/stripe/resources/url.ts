import { malformed } from '../errors.ts'
import { type Field, text } from '../params.ts'

/** An address of the web. `{CHECKOUT_SESSION_ID}` may stand in it. */
export function url(): Field<string | undefined> {
  const field = text()
  return {
    read(raw, name) {
      const value = field.read(raw, name)
      if (value === undefined || isWebAddress(value)) return value
      const hint = /^[a-z]+:/i.test(value) ? '' : ': An explicit scheme (such as https) must be provided.'
      throw malformed(`Invalid URL${hint}`, { code: 'url_invalid', param: name })
    },
  }
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol)
}
