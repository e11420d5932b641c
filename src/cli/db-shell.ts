import { createInterface, type Interface } from 'node:readline/promises'
import { AppError } from '../domain/errors.ts'
import type { GlobalOptions } from './commands.ts'
import { describeFailure } from './failure.ts'
import type { Io } from './io.ts'
import { operatorOf } from './operator.ts'
import { withDatabase } from './project.ts'
import { EXIT, formatTable, type Report } from './report.ts'

type OpenedDatabase = import('../database/opened.ts').OpenedDatabase
type StatementResult = import('../database/opened.ts').StatementResult
type SqlValue = import('../domain/ports.ts').SqlValue

/**
 * Runs SQL on the project's database: the argument, else what is piped in, else what a person types. A script is one
 * unit: when one of its statements is refused, nothing of it happened.
 */
export async function runShellCommand(
  sql: string | undefined,
  options: GlobalOptions,
  io: Io,
): Promise<Report | undefined> {
  return withDatabase(options, io, 'use', async (database) => {
    if (sql !== undefined) return reportResults(await execute(database, sql), io)
    if (!io.interactive || io.json) return reportResults(await execute(database, await readAll(io.stdin)), io)
    await converse(database, io)
    return undefined
  })
}

async function execute(database: OpenedDatabase, text: string): Promise<readonly StatementResult[]> {
  const { runShell } = await import('../database/shell.ts')
  try {
    const results = await runShell(database, expandDotCommand(text.trim()) ?? text)
    await recordChanges(database, results)
    return results
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error
    // The command was written rightly: that the database refused its SQL is a failure (1), not wrong usage (2).
    throw new AppError('conflict', error.message, { cause: error })
  }
}

/** That somebody wrote by hand is in the audit log; what they wrote is not, for it may be somebody's address. */
async function recordChanges(database: OpenedDatabase, results: readonly StatementResult[]): Promise<void> {
  const rows = results.reduce((sum, { changes }) => sum + changes, 0)
  if (rows === 0) return
  const sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit_log'"
  if ((await database.readFirst({ sql, args: [] })) === undefined) return // an older schema
  const [{ createAuditLog }, { systemClock }] = await Promise.all([
    import('../database/audit.ts'),
    import('../adapters/system.ts'),
  ])
  const detail = { statements: results.length, rows }
  await createAuditLog(database, systemClock).record({
    actor: operatorOf(),
    action: 'database.shell',
    detail,
  })
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
}

const HELP = `.tables          the tables
.schema [TABLE]  how they were made
.help            this
.quit            leave (also ^D)
SQL ends with a semicolon and may have many lines.`

/** A line-by-line talk. A fault is told and the talk goes on. */
async function converse(database: OpenedDatabase, io: Io): Promise<void> {
  const { cutStatements } = await import('../database/statements.ts')
  io.say(`${database.location}\n.help shows what else there is, .quit leaves.`)
  const lines = createInterface({ input: io.stdin, output: io.stderr, prompt: 'xswarm> ' })
  let typed = ''
  let isAtEnd = false
  // The input may end while its last lines still wait to be run; newer versions of Node refuse a prompt then, and
  // who reads along would not see which line stood alone.
  lines.on('close', () => {
    isAtEnd = true
  })
  // ^C throws away what was typed, as in every shell; at an empty prompt it leaves.
  lines.on('SIGINT', () => {
    if (typed === '' && lines.line === '') lines.close()
    else {
      typed = ''
      io.stderr.write('^C\n')
      prompt(lines, typed)
    }
  })
  prompt(lines, typed)
  for await (const line of lines) {
    const command = typed === '' ? line.trim() : ''
    if (command === '.quit' || command === '.exit') break
    if (command === '.help') io.say(HELP)
    else if (command.startsWith('.')) await attempt(database, command, io)
    else {
      const { complete, rest } = cutStatements(`${typed}${line}\n`)
      typed = rest === '' ? '' : `${rest}\n`
      if (complete.length > 0) await attempt(database, `${complete.join(';\n')};`, io)
    }
    if (isAtEnd) io.stderr.write(promptFor(typed))
    else prompt(lines, typed)
  }
  lines.close()
}

function prompt(lines: Interface, typed: string): void {
  lines.setPrompt(promptFor(typed))
  lines.prompt()
}

function promptFor(typed: string): string {
  return typed === '' ? 'xswarm> ' : '   ...> '
}

async function attempt(database: OpenedDatabase, text: string, io: Io): Promise<void> {
  try {
    io.report(reportResults(await execute(database, text), io))
  } catch (error) {
    io.say(describeFailure(error, { debug: io.env.XSWARM_DEBUG === '1', fingerprint: () => 'shell' }).text)
  }
}

/** The dot commands that are queries in disguise. */
function expandDotCommand(text: string): string | undefined {
  if (text === '.tables') {
    return "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
  }
  const schema = /^\.schema(?:\s+(\w+))?$/.exec(text)
  if (schema === null) return undefined
  const only = schema[1] === undefined ? '' : ` AND tbl_name = '${schema[1]}'`
  return `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL${only} ORDER BY tbl_name, type DESC, name`
}

function reportResults(results: readonly StatementResult[], io: Io): Report {
  const tables = results.filter(({ columns }) => columns.length > 0)
  for (const { columns, changes } of results) {
    if (columns.length === 0)
      io.say(io.paint.faint(changes === 1 ? '1 row changed' : `${changes} rows changed`))
  }
  return {
    text: tables.map(describeTable).join('\n\n'),
    document: {
      results: results.map(({ columns, rows, changes }) => ({
        columns,
        rows: rows.map((row) =>
          Object.fromEntries(columns.map((column, index) => [column, plain(row[index] ?? null)])),
        ),
        changes,
      })),
    },
    exitCode: EXIT.done,
  }
}

/** How a table was made is read by people: one column of text keeps its lines. */
function describeTable({ columns, rows }: StatementResult): string {
  if (columns.length === 1 && columns[0] === 'sql') return rows.map((row) => `${String(row[0])};`).join('\n')
  return formatTable([columns, ...rows.map((row) => row.map(shown))])
}

function shown(value: SqlValue): string {
  return value === null ? 'NULL' : String(plain(value))
}

/** Bytes as SQL writes them. */
function plain(value: SqlValue): string | number | null {
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : value
}
