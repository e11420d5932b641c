import type { Metadata } from '../params.ts'

/** A moment as Stripe writes it: seconds since the epoch. */
export type Seconds = number

/** A list inside an object. */
export interface ApiList<T> {
  readonly object: 'list'
  readonly data: T[]
  readonly has_more: boolean
  readonly url: string
}

export function listOf<T>(url: string, data: readonly T[]): ApiList<T> {
  return { object: 'list', data: [...data], has_more: false, url }
}

/** Metadata after an update: empty values unset their key, null unsets all. */
export function mergeMetadata(old: Metadata, change: Metadata | null | undefined): Metadata {
  if (change === undefined) return old
  if (change === null) return {}
  return Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== ''))
}

/** `change` where it was given, else `old`. */
export function changed<T>(change: T | undefined, old: T): T {
  return change === undefined ? old : change
}
