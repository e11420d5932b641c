import type { Define, GlobalOptions } from '../commands.ts'
import { findOldFiles } from '../import-files.ts'
import type { Io } from '../io.ts'
import { operatorOf } from '../operator.ts'
import { createProgress } from '../progress.ts'
import { withProject } from '../project.ts'
import { EXIT, formatTable, type Report } from '../report.ts'

export interface ImportOptions extends GlobalOptions {
  readonly dryRun?: boolean
}

export const defineImport: Define = (command, act) => {
  command
    .description(
      'Bring old per-user config.toml files into the database. Safe to run twice: who is there already stays as they are.',
    )
    .argument('<path...>', 'files, or folders with config.toml files somewhere below')
    .option('--dry-run', 'say what would happen and write nothing')
    .action((paths: string[], options: ImportOptions) =>
      act((globals, io) => importOldFiles(paths, { ...globals, ...options }, io)),
    )
}

type ImportResult = import('../../actions/import-users.ts').ImportResult
type OldDocument = import('../../actions/import-users.ts').OldDocument
type Result = Pick<ImportResult, 'source' | 'result'> & Partial<ImportResult>

/** Imports every file and reports on each; exit code 1 when one was refused. */
export async function importOldFiles(
  paths: readonly string[],
  options: ImportOptions,
  io: Io,
): Promise<Report> {
  const results = new Map<string, Result>()
  const refuse = (source: string, reason: string) =>
    results.set(source, { source, result: 'refused', reason })
  const files = await findOldFiles(paths, (folder) => refuse(folder, 'this folder may not be read'))
  if (files.length === 0 && results.size === 0) io.say('No config.toml was found there.')
  return withProject(options, io, async ({ app }) => {
    const [{ importUsers }, { readOldFile }, { findSecret }] = await Promise.all([
      import('../../actions/import-users.ts'),
      import('../old-file.ts'),
      import('../../config/secret-shapes.ts'),
    ])
    const progress = createProgress(files.length, io)
    // A generator: of thousands of files only those on their way are in memory.
    function* documents(): Generator<OldDocument> {
      for (const source of files) {
        const read = readOldFile(source)
        if ('content' in read) yield { source, content: read.content }
        else refuse(source, read.fault)
      }
    }
    try {
      await importUsers(app, documents(), {
        dryRun: options.dryRun === true,
        secretKindOf: (text, path) => findSecret(text, { path, siblings: [] })?.name,
        onResult: (result) => {
          results.set(result.source, result)
          progress.show(results.size)
        },
      })
    } catch (error) {
      progress.end()
      io.say(
        `Stopped after ${results.size} of ${files.length} files. What was done is kept; run it again to go on.`,
      )
      throw error
    }
    progress.end()
    if (options.dryRun !== true) {
      const created = [...results.values()].filter(({ result }) => result === 'created').length
      const detail = { files: results.size, created }
      await app.audit.record({ actor: operatorOf(), action: 'users.imported', detail })
    }
    const named = new Set(files)
    const first = [...results.values()].filter(({ source }) => !named.has(source))
    const rest = files.map((file) => results.get(file)).filter((result) => result !== undefined)
    return describeResults([...first, ...rest], options.dryRun === true, io)
  })
}

function describeResults(results: readonly Result[], isDryRun: boolean, io: Io): Report {
  const count = (wanted: Result['result']) => results.filter(({ result }) => result === wanted).length
  const counts = { created: count('created'), unchanged: count('unchanged'), refused: count('refused') }
  const verb = isDryRun ? 'would be created' : 'created'
  io.say(
    `${results.length} files: ${counts.created} ${verb}, ${counts.unchanged} there already, ${counts.refused} refused.`,
  )
  return {
    text: formatTable(results.map((result) => [result.result, result.source, describeResult(result)])),
    document: { dry_run: isDryRun, ...counts, files: results },
    exitCode: counts.refused === 0 ? EXIT.done : EXIT.failed,
  }
}

function describeResult({ email, xswarm_email, reason, ignored = [], secrets = [] }: Result): string {
  const who = xswarm_email === undefined ? (email ?? '') : `${email} is ${xswarm_email}`
  const left = ignored.length === 0 ? '' : `ignored: ${ignored.join(', ')}`
  const kept = secrets.length === 0 ? '' : `secrets left out: ${secrets.join(', ')} (put them into .env)`
  return [reason ?? who, left, kept].filter((part) => part !== '').join('; ')
}
