/** Text that is HTML already, as opposed to text that must be escaped. Only `html` makes it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/**
 * What may stand in a template. Nothing is printed for `undefined` and `false`, so `condition && html…` works, and
 * nothing for the NULL that a row made by hand may hold in any column.
 */
export type Part = Markup | string | number | undefined | null | false | readonly Part[]

/** Builds HTML. Everything between the literal parts is escaped, for text and for quoted attributes alike. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = literals[0] ?? ''
  for (const [index, part] of parts.entries()) text += print(part) + (literals[index + 1] ?? '')
  return new Markup(text)
}

function print(part: Part): string {
  if (part === undefined || part === null || part === false) return ''
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map(print).join('')
  return String(part).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
