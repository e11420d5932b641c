import { malformed } from './errors.ts'

/** What a form says before anybody knows what it should say. */
export type Raw = string | readonly Raw[] | RawObject
export interface RawObject {
  readonly [key: string]: Raw
}

type Growing = string | Growing[] | { [key: string]: Growing }

const LEVELS_MAX = 10

/** Decodes `a[b][0][c]=v` and `a[]=v` as Stripe's form encoding means them. Throws ApiError for what contradicts itself. */
export function decodeForm(text: string): RawObject {
  const root: { [key: string]: Growing } = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) plant(root, pathOf(name), value, name)
  return root
}

function pathOf(name: string): string[] {
  const [, head, tail] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
  if (head === undefined || tail === undefined) return [name] // an odd name, which nobody will know
  const path = [head, ...[...tail.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)]
  if (path.length > LEVELS_MAX) throw malformed(`Parameters may be nested ${LEVELS_MAX} levels deep: ${head}`)
  return path
}

function plant(root: { [key: string]: Growing }, path: string[], value: string, name: string): void {
  let at: Growing = root
  for (const [index, key] of path.entries()) {
    const next = path[index + 1]
    const fresh = (): Growing => (next === undefined ? value : next === '' ? [] : Object.create(null))
    if (typeof at === 'string') throw contradiction(name)
    if (Array.isArray(at)) {
      if (key !== '') throw contradiction(name)
      const grown = fresh()
      at.push(grown)
      at = grown
      continue
    }
    const known: Growing | undefined = at[key]
    const kept: Growing = known === undefined || next === undefined ? fresh() : known
    if (known !== undefined && typeof known !== typeof kept) throw contradiction(name)
    at[key] = kept
    at = kept
  }
}

function contradiction(name: string): Error {
  return malformed(`Invalid parameters: ${name} is given in two forms that exclude each other.`, {
    param: name,
  })
}
