import type { Report } from './report.ts'

/**
 * What a command may touch of the process: results go to stdout through `report`, commentary and errors to stderr
 * through `say`. Passed in, so that every `run(options, io)` can be tested without a process.
 */
export interface Io {
  readonly json: boolean
  /** Whether a person can answer a question: both stdin and stderr are a terminal. */
  readonly interactive: boolean
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly paint: Paint
  /** Commentary: one line on stderr. */
  say(line: string): void
  /** The result: text, or with `--json` one JSON document. The second call of a run is ignored with `--json`. */
  report(report: Report): void
  /** One of many results that come as they happen: one line of text, or with `--json` one document in a line. */
  emit(report: Report): void
  /** True once nobody reads stdout any more (`| head -1`): a long listing may stop. */
  stdoutIsClosed(): boolean
  /**
   * Resolves at the first SIGINT or SIGTERM. Before it is called, ^C ends the process; a second ^C always does.
   */
  stopRequest(): Promise<void>
}

export interface Paint {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  strong(text: string): string
  faint(text: string): string
}

export interface IoOptions {
  readonly json: boolean
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  stopRequest(): Promise<void>
}

export function createIo(options: IoOptions): Io {
  const { json, stdin, stdout, stderr, env } = options
  let stdoutClosed = false
  let stderrClosed = false
  let reported = false
  // A reader that went away (`| head -1`) is no fault of ours: what is left to print is dropped, the work goes on.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    stdoutClosed = true
    if (error.code !== 'EPIPE') throw error
  })
  stderr.on('error', () => {
    stderrClosed = true
  })
  const print = ({ text, document }: Report) => {
    const line = json ? JSON.stringify(document) : text
    if (line !== '') stdout.write(line.endsWith('\n') ? line : `${line}\n`)
  }
  return {
    json,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    stdin,
    stdout,
    stderr,
    env,
    paint: createPaint(wantsColour(options)),
    say(line) {
      if (!stderrClosed) stderr.write(`${line}\n`)
    },
    report(report) {
      if (stdoutClosed || (json && reported)) return
      reported = true
      print(report)
    },
    emit(report) {
      if (!stdoutClosed) print(report)
    },
    stdoutIsClosed: () => stdoutClosed,
    stopRequest: options.stopRequest,
  }
}

/** https://no-color.org: any value that is not empty switches colours off. */
function wantsColour({ json, stdout, env }: IoOptions): boolean {
  const refused = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return stdout.isTTY === true && !json && !refused
}

function createPaint(colour: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    good: style(32, 39),
    bad: style(31, 39),
    warn: style(33, 39),
    strong: style(1, 22),
    faint: style(2, 22),
  }
}
