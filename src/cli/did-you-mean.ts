import { suggest } from '../domain/suggest.ts'

/** ` - did you mean users?`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = suggest(word, candidates)
  return candidate === undefined ? '' : ` - did you mean ${candidate}?`
}
