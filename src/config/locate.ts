import { createRequire } from 'node:module'
import type { AST, ParseError } from 'toml-eslint-parser'
import type { ConfigFault, KeyPath, Place } from './fault.ts'
import { INVALID_DATE } from './toml.ts'

/** Where the keys of a document stand. Made only when there is a fault to show: it parses a second time. */
export interface Locator {
  /** The place of the key, or of the nearest key around it that is written down. */
  placeOf(path: KeyPath): Place
  /** The comments, or undefined when this parser cannot read the document. */
  readonly comments: readonly { readonly text: string; readonly place: Place }[] | undefined
  /** What this second parser refuses and the first one accepted: dates like February 30. */
  readonly fault: ConfigFault | undefined
}

/** Never throws: a document that cannot be located has its faults at its first character. */
export function locate(text: string, file: string): Locator {
  // An ES module, loaded synchronously and only here: it costs 8 ms, and a sound config never needs it.
  const { ParseError, parseTOML } = createRequire(import.meta.url)(
    'toml-eslint-parser',
  ) as typeof import('toml-eslint-parser')
  const places = new Map<string, Place>()
  const comments: { text: string; place: Place }[] = []
  try {
    // 'latest' is TOML 1.1, which is what the first parser reads.
    const program = parseTOML(text, { tomlVersion: 'latest' })
    for (const node of program.body[0].body) visit(node, [], places)
    for (const { value, loc } of program.comments) {
      comments.push({ text: value, place: { line: loc.start.line, column: loc.start.column + 1 } })
    }
  } catch (error) {
    const fault = error instanceof ParseError ? dateFault(error, text, file) : undefined
    return { placeOf: (path) => placeByName(text, path), comments: undefined, fault }
  }
  return { placeOf: (path) => nearestPlace(path, places), comments, fault: undefined }
}

/** Of all that only this parser refuses, impossible dates are what is refused rightly. */
function dateFault(error: ParseError, text: string, file: string): ConfigFault | undefined {
  if (!/^Unexpected invalid (date|time)$/.test(error.message)) return undefined
  // The parser stands at the end of the date; the other one names where a value begins.
  const written = /[\dTtZz:. +-]*$/.exec(text.slice(Math.max(0, error.index - 64), error.index))?.[0] ?? ''
  const column = error.column + 1 - written.trimStart().length
  return { file, line: error.lineNumber, column, message: INVALID_DATE }
}

function visit(node: AST.TOMLTable | AST.TOMLKeyValue, around: KeyPath, places: Map<string, Place>): void {
  if (node.type === 'TOMLTable') {
    rememberKey(node.key, node.resolvedKey, places)
    for (const child of node.body) visit(child, node.resolvedKey, places)
    return
  }
  const path = [...around, ...node.key.keys.map(nameOf)]
  rememberKey(node.key, path, places)
  visitValue(node.value, path, places)
}

function visitValue(node: AST.TOMLContentNode, path: KeyPath, places: Map<string, Place>): void {
  if (node.type === 'TOMLInlineTable') for (const child of node.body) visit(child, path, places)
  if (node.type !== 'TOMLArray') return
  for (const [index, element] of node.elements.entries()) visitValue(element, [...path, index], places)
}

/** Remembers each part of a dotted key where it is first written. Indexes of table arrays are not written down. */
function rememberKey(key: AST.TOMLKey, path: KeyPath, places: Map<string, Place>): void {
  let written = key.keys.length
  for (let length = path.length; length > 0 && written > 0; length--) {
    if (typeof path[length - 1] === 'number') {
      const part = key.keys[written - 1]
      if (part) remember(places, path.slice(0, length), part)
      continue
    }
    written -= 1
    const part = key.keys[written]
    if (part) remember(places, path.slice(0, length), part)
  }
}

function remember(places: Map<string, Place>, path: KeyPath, part: AST.TOMLBare | AST.TOMLQuoted): void {
  const name = JSON.stringify(path)
  if (!places.has(name)) {
    places.set(name, { line: part.loc.start.line, column: part.loc.start.column + 1 })
  }
}

function nearestPlace(path: KeyPath, places: Map<string, Place>): Place {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(JSON.stringify(path.slice(0, length)))
    if (place) return place
  }
  return { line: 1, column: 1 }
}

function nameOf(part: AST.TOMLBare | AST.TOMLQuoted): string {
  return part.type === 'TOMLBare' ? part.name : part.value
}

/** For a document that only the first parser reads: the first line on which the last name of the path is a key. */
function placeByName(text: string, path: KeyPath): Place {
  const name = path.findLast((part) => typeof part === 'string')
  for (const [index, line] of text.split('\n').entries()) {
    const key = /^\s*\[*\s*(?:[\w-]+\s*\.\s*)*["']?([\w-]+)["']?\s*[\]=]/.exec(line)
    if (key && key[1] === name) return { line: index + 1, column: line.length - line.trimStart().length + 1 }
  }
  return { line: 1, column: 1 }
}
