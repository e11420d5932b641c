/**
 * The candidate that a misspelled word most likely meant, or undefined when none is near. Near
 * is at most min(3, two thirds of the shorter word) edits away, a swap of neighbours being one edit.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  // A long word is no misspelling, and the distance costs the product of both lengths.
  if (word.length > 64) return undefined
  const sought = normalised(word)
  let nearest: string | undefined
  let nearestEdits = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const editsMax = Math.min(3, Math.floor((2 / 3) * Math.min(word.length, candidate.length)))
    const spelled = normalised(candidate)
    // Each letter more or less is an edit: most candidates need no further look.
    if (Math.abs(spelled.length - sought.length) > editsMax) continue
    const edits = distance(sought, spelled)
    if (edits <= editsMax && edits < nearestEdits) {
      nearest = candidate
      nearestEdits = edits
    }
  }
  return nearest
}

/** `publishableKey`, `publishable-key` and `PUBLISHABLE_KEY` are all spelled right, only not in our way. */
function normalised(word: string): string {
  return word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_')
}

/** Edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
