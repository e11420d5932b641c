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

/** What may stand in a template. Nothing is printed for `undefined` and `false`, so `condition && html…` works. */
export type Part = Markup | string | number | undefined | false | readonly Part[]

/** Builds HTML. Everything between the literal parts is escaped, for text and for quoted attributes alike. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = literals[0] ?? ''
  for (const [index, part] of parts.entries()) text += print(part) + (literals[index + 1] ?? '')
  return new Markup(text)
}

function print(part: Part): string {
  if (part === undefined || part === false) return ''
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
