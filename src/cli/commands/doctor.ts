import type { Define, GlobalOptions } from '../commands.ts'
import { type Check, examine } from '../examination.ts'
import type { Io } from '../io.ts'
import { EXIT, printable, type Report } from '../report.ts'

export interface DoctorOptions extends GlobalOptions {
  /** Asks nothing of the network. */
  readonly offline?: boolean
}

export const defineDoctor: Define = (doctor, act) => {
  doctor
    .description(
      'Check config, secrets, git hygiene and the database. Every check runs, nothing is changed, no secret is shown.',
    )
    .option('--offline', 'ask nothing of the network')
    .action((options: DoctorOptions) => act((globals, io) => runDoctor({ ...globals, ...options }, io)))
}

/** One line per check; exit code 1 when one failed. */
export async function runDoctor(options: DoctorOptions, io: Io): Promise<Report> {
  const checks = await examine(options, io)
  const failed = checks.filter(({ state }) => state === 'FAIL').length
  const warned = checks.filter(({ state }) => state === 'warn').length
  io.say(`${checks.length} checks: ${failed} failed, ${warned} with a warning.`)
  return {
    text: checks.map((check) => describeCheck(check, io)).join('\n'),
    document: { ok: failed === 0, checks },
    exitCode: failed === 0 ? EXIT.done : EXIT.failed,
  }
}

function describeCheck({ name, state, message, fix }: Check, { paint }: Io): string {
  const colour = { ok: paint.good, warn: paint.warn, FAIL: paint.bad }[state]
  const line = [name, printable(message), ...(fix === undefined ? [] : [`fix: ${printable(fix)}`])].join(
    ' - ',
  )
  return `${colour(state.padEnd(4))} ${line}`
}
