/** An element of a document. Text and CDATA are strings among its children; comments are gone. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (Element | string)[]
}

/** Where a document stops being XML. */
export class XmlFault extends Error {
  constructor(message: string, { text, at }: Cursor) {
    super(`Line ${text.slice(0, at).split('\n').length}: ${message}`)
    this.name = 'XmlFault'
  }
}

interface Cursor {
  readonly text: string
  at: number
}

const NAME = /[A-Za-z_:][\w:.-]*/y
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const START_END = /\s*(\/?)>/y
const END_TAG = /<\/([A-Za-z_:][\w:.-]*)\s*>/y
const REFERENCE = /&(?:#x([\da-fA-F]+)|#(\d+)|(\w+))?(;?)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const DEPTH_MAX = 50

/**
 * Reads a document strictly: what is not well-formed is a fault, never a guess. Documents with a DOCTYPE are refused.
 * Throws XmlFault.
 */
export function parseXml(text: string): Element {
  const cursor: Cursor = { text, at: text.startsWith('\ufeff') ? 1 : 0 }
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden !== null)
    throw new XmlFault('a character that XML does not allow', { text, at: forbidden.index })
  if (/^\s+<\?xml/.test(text)) throw new XmlFault('the XML declaration is not at the very beginning', cursor)
  skipMisc(cursor)
  if (text[cursor.at] !== '<') throw new XmlFault('no root element', cursor)
  if (text.startsWith('<!', cursor.at)) throw new XmlFault('a DOCTYPE is not allowed', cursor)
  const root = readElement(cursor, 0)
  skipMisc(cursor)
  if (cursor.at < text.length) throw new XmlFault('something after the root element', cursor)
  return root
}

/** The text of an element and of all within it, with white space folded as a voice would. */
export function textOf(element: Element): string {
  return rawTextOf(element).replaceAll(/\s+/g, ' ').trim()
}

/** The same with its white space. */
export function rawTextOf({ children }: Element): string {
  return children.map((child) => (typeof child === 'string' ? child : rawTextOf(child))).join('')
}

/** The elements directly within. */
export function elementsOf({ children }: Element): readonly Element[] {
  return children.filter((child) => typeof child !== 'string')
}

function readElement(cursor: Cursor, depth: number): Element {
  if (depth > DEPTH_MAX) throw new XmlFault('elements nested too deeply', cursor)
  cursor.at++ // past <
  const name = match(cursor, NAME)?.[0]
  if (name === undefined) throw new XmlFault('an element without a name', cursor)
  const attributes = readAttributes(cursor)
  const end = match(cursor, START_END)
  if (end === null) throw new XmlFault(`the tag <${name}> does not end properly`, cursor)
  if (end[1] === '/') return { name, attributes, children: [] }
  const children = readContent(cursor, depth)
  const closing = match(cursor, END_TAG)?.[1]
  if (closing !== name) throw new XmlFault(`</${closing ?? ''}> where </${name}> is due`, cursor)
  return { name, attributes, children }
}

function readAttributes(cursor: Cursor): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (let found = match(cursor, ATTRIBUTE); found !== null; found = match(cursor, ATTRIBUTE)) {
    const [, name = '', double, single] = found
    if (Object.hasOwn(attributes, name)) throw new XmlFault(`the attribute ${name} twice`, cursor)
    attributes[name] = decode(cursor, double ?? single ?? '')
  }
  return attributes
}

function readContent(cursor: Cursor, depth: number): (Element | string)[] {
  const { text } = cursor
  const children: (Element | string)[] = []
  while (cursor.at < text.length && !text.startsWith('</', cursor.at)) {
    const start = cursor.at
    if (skip(cursor, '<!--', '-->') || skip(cursor, '<?', '?>')) continue
    if (skip(cursor, '<![CDATA[', ']]>')) children.push(text.slice(start + 9, cursor.at - 3))
    else if (text[start] === '<') children.push(readElement(cursor, depth + 1))
    else children.push(readCharacters(cursor))
  }
  return children
}

function readCharacters(cursor: Cursor): string {
  const stop = cursor.text.indexOf('<', cursor.at)
  const raw = cursor.text.slice(cursor.at, stop === -1 ? undefined : stop)
  if (raw.includes(']]>')) throw new XmlFault(']]> in text', cursor)
  const decoded = decode(cursor, raw)
  cursor.at += raw.length
  return decoded
}

function decode(cursor: Cursor, raw: string): string {
  return raw.replaceAll(REFERENCE, (whole, hex, decimal, named, end) => {
    if (end === ';' && named !== undefined && Object.hasOwn(ENTITIES, named)) return ENTITIES[named] ?? ''
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (end === ';' && code >= 32 && code <= 0x10ffff) return String.fromCodePoint(code)
    if (end === ';' && [9, 10, 13].includes(code)) return String.fromCodePoint(code)
    throw new XmlFault(`${whole} is no entity`, cursor)
  })
}

/** White space, comments and processing instructions outside the root. */
function skipMisc(cursor: Cursor): void {
  do {
    match(cursor, /\s*/y)
  } while (skip(cursor, '<!--', '-->') || skip(cursor, '<?', '?>'))
}

function skip(cursor: Cursor, marker: string, end: string): boolean {
  if (!cursor.text.startsWith(marker, cursor.at)) return false
  const stop = cursor.text.indexOf(end, cursor.at + marker.length)
  if (stop === -1) throw new XmlFault(`${marker} without ${end}`, cursor)
  cursor.at = stop + end.length
  return true
}

function match(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found !== null) cursor.at = pattern.lastIndex
  return found
}
