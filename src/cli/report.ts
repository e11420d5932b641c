/** The exit codes of the command line; contract section 6. */
export const EXIT = { done: 0, failed: 1, usage: 2, tryAgain: 75, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What a command answers: `text` for people, `document` with `--json`. */
export interface Report {
  readonly text: string
  readonly document: unknown
  /** 0 when absent. */
  readonly exitCode?: ExitCode
}

/** Columns padded to their widest cell; the last one is left ragged. Control characters are shown, never obeyed. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable))
  const widths: number[] = []
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A value from the database may hold anything, also a terminal's escape sequences: they become visible text. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0)
    return code === 10 ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
