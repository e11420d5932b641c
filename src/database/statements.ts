/**
 * Enough of SQL's grammar to cut a script into statements and to count the parameters of one:
 * strings, quoted names, comments, and the body of a trigger, whose semicolons end nothing.
 */

type TokenKind = 'word' | 'parameter' | 'semicolon' | 'text' | 'space'

interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly end: number
}

/** The statements of a script, without their semicolons and without statements that are only comments. */
export function splitStatements(script: string): string[] {
  return cutStatements(script).statements
}

/**
 * What a person has typed so far: the statements that are complete, and the rest that still waits for its
 * semicolon (empty when nothing but space and comments is left). `end` is where the last complete one ended.
 */
export function cutStatements(script: string): {
  statements: string[]
  complete: string[]
  rest: string
  end: number
} {
  const complete: string[] = []
  let start = 0
  let empty = true
  const trigger = createTriggerWatch()
  for (const token of tokens(script)) {
    if (token.kind === 'space') continue
    if (token.kind === 'semicolon' && trigger.endsAt()) {
      if (!empty) complete.push(script.slice(start, token.end - 1).trim())
      start = token.end
      empty = true
      trigger.reset()
      continue
    }
    empty = false
    trigger.see(token)
  }
  const rest = empty ? '' : script.slice(start).trim()
  return { statements: rest === '' ? complete : [...complete, rest], complete, rest, end: start }
}

/** The first word of a statement in upper case, for example `SELECT`; empty when there is none. */
export function firstWord(sql: string): string {
  for (const token of tokens(sql)) {
    if (token.kind === 'space') continue
    return token.kind === 'word' ? token.text.toUpperCase() : ''
  }
  return ''
}

/**
 * How many arguments a statement takes. The driver keeps what was bound before for every argument that is
 * missing - another person's address, say - so the number is compared before each use.
 */
export function countParameters(sql: string): number {
  let count = 0
  for (const token of tokens(sql)) {
    if (token.kind !== 'parameter') continue
    const numbered = Number(token.text.slice(1))
    count = token.text.length > 1 ? Math.max(count, numbered) : count + 1
  }
  return count
}

/** In `CREATE TRIGGER … BEGIN …; END` only a semicolon right behind `; END` ends the statement. */
function createTriggerWatch() {
  let words: string[] = []
  let inTrigger = false
  let last = ''
  let beforeLast = ''
  return {
    see(token: Token): void {
      beforeLast = last
      last = token.kind === 'word' ? token.text.toUpperCase() : token.text
      if (words.length < 4 && !inTrigger) {
        words = [...words, last]
        inTrigger = /^CREATE (TEMP |TEMPORARY )?TRIGGER$/.test(words.join(' '))
      }
    },
    endsAt: (): boolean => !inTrigger || (last === 'END' && beforeLast === ';'),
    reset(): void {
      words = []
      inTrigger = false
      last = ''
      beforeLast = ''
    },
  }
}

const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<parameter>\?\d*)|(?<semicolon>;)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|\d[\w.]*|[\s\S]/uy

function* tokens(sql: string): Generator<Token> {
  const pattern = new RegExp(TOKEN)
  for (;;) {
    const match = pattern.exec(sql)
    if (match === null) return
    const kind = (Object.keys(match.groups ?? {}).find((name) => match.groups?.[name] !== undefined) ??
      'text') as TokenKind // the group names of TOKEN are the other kinds
    yield { kind, text: match[0], end: pattern.lastIndex }
  }
}
