import type { AuditLine, AuditTotals } from '../../domain/number-audit.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { operatorOf } from '../operator.ts'
import { withProject } from '../project.ts'
import { EXIT, formatTable, type Report } from '../report.ts'

export interface AuditOptions extends GlobalOptions {
  readonly repair?: boolean
}

export const defineAudit: Define = (audit, act) => {
  audit
    .description(
      'Compare who has a right to a number, our ledger and what Twilio says we own, line by line. Exit code 1 when they drift apart.',
    )
    .option('--repair', 'heal what is safe, and say what is left')
    .addHelpText(
      'after',
      '\nThe worker does the same every 15 minutes. What does not carry our tag is never touched.',
    )
    .action((options: AuditOptions) => act((globals, io) => auditNumbers({ ...globals, ...options }, io)))
}

/** Exit code 1 on drift, with `--repair` on what is left of it. */
export async function auditNumbers({ repair = false, ...globals }: AuditOptions, io: Io): Promise<Report> {
  return withProject(globals, io, async ({ app }) => {
    const actions = await import('../../actions/audit-numbers.ts')
    const found = await actions.auditNumbers(app, { repair, actor: operatorOf() })
    const { lines, totals, repaired, left } = found
    io.say(describe(totals))
    if (repair) io.say(`Healed or put on its way: ${repaired.length}. Left: ${left.length}.`)
    const rows = lines.map((line) => rowOf(line, repaired))
    return {
      text: rows.length === 0 ? '' : formatTable([HEADING, ...rows]),
      document: { ok: left.length === 0, totals, lines, repaired: repaired.length, left },
      exitCode: left.length === 0 ? EXIT.done : EXIT.failed,
    }
  })
}

const HEADING = ['verdict', 'number', 'user', 'entitlement', 'ledger', 'twilio', 'finding']

function rowOf(line: AuditLine, repaired: readonly AuditLine[]): string[] {
  return [
    repaired.includes(line) ? 'healed' : line.verdict,
    line.e164 ?? '',
    line.user_id ?? '',
    line.entitlement,
    line.ledger,
    line.twilio,
    line.finding,
  ]
}

function describe({ entitled, numbers, leaked, missing, unpaid, drift, settling }: AuditTotals): string {
  return `${entitled} with a right to a number, ${numbers} numbers, ${leaked} leaked, ${missing} missing, ${unpaid} unpaid; drift: ${drift}, settling: ${settling}.`
}
