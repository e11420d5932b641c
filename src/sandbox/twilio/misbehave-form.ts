import type { Fields } from './control-input.ts'
import type { Misbehaviour } from './misbehaviour.ts'

/**
 * What the page's form means: `fault` names it, the other fields are its options, empty ones were left out. A program
 * sends a Misbehaviour as it is; `set` of the faults checks both.
 */
export function readMisbehaviour(fields: Fields): Misbehaviour {
  const { fault, ...options } = fields
  if (typeof fault !== 'string') return fields as Misbehaviour // checked where it is set
  const given = Object.entries(options)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, /^\d+(\.\d+)?$/.test(String(value)) ? Number(value) : value])
  return { [fault]: given.length === 0 ? true : Object.fromEntries(given) } as Misbehaviour // likewise
}
