/** Cases of a table with a short name each: a text of a million characters would be its own test's name. */
export function named<Case extends readonly [given: unknown, ...rest: unknown[]]>(
  cases: readonly Case[],
): [name: string, ...Case][] {
  return cases.map((one) => [nameOf(one[0]), ...one])
}

function nameOf(given: unknown): string {
  const text = (JSON.stringify(given) ?? String(given)).replace(/[^\x20-\x7e]/g, escaped)
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length} characters)` : text
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
