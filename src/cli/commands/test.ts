import type { UserCheck } from '../../domain/user-checks.ts'
import type { User } from '../../domain/users.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { type Project, withProject } from '../project.ts'
import { EXIT, printable, type Report } from '../report.ts'
import { getSubject } from '../subject.ts'

export interface TestOptions extends GlobalOptions {
  /** The email of the user to check. */
  readonly user?: string
}

export const defineTest: Define = (test, act) => {
  test
    .option('--user <email>', 'whom to check (default in development: the test user)')
    .action((options: TestOptions) => act((globals, io) => testUser({ ...globals, ...options }, io)))
}

/** Checks one user from end to end: one line per check, exit code 1 when one fails. */
export async function testUser(options: TestOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => {
    const { user } = await getSubject(project, options.user)
    const { checkUser } = await import('../../actions/check-user.ts')
    const { checkNumber } = await import('../../actions/check-number.ts')
    const checks = [
      ...(await checkUser(project.app, user.email)),
      ...(await checkNumber(project.app, user.email)),
      ...(await checkCall(project, user)),
    ]
    const failed = checks.filter(({ ok }) => !ok).length
    const width = Math.max(...checks.map(({ name }) => name.length))
    const lines = checks.map(({ name, ok, pending, saw }) => {
      const mark = ok
        ? pending === true
          ? io.paint.warn('pending')
          : io.paint.good('ok     ')
        : io.paint.bad('FAIL   ')
      return `${mark}  ${name.padEnd(width)}  ${printable(saw)}`
    })
    io.say(failed === 0 ? `${printable(user.email)} works.` : `${failed} of ${checks.length} checks failed.`)
    return {
      text: lines.join('\n'),
      document: { email: user.email, ok: failed === 0, checks },
      exitCode: failed === 0 ? EXIT.done : EXIT.failed,
    }
  })
}

/** Beside a running dev somebody really calls: through the sandbox, the webhook and back. */
async function checkCall({ dev }: Project, { xswarm_phone, phone }: User): Promise<UserCheck[]> {
  if (dev?.twilio === undefined || xswarm_phone === null) return []
  const { placeTestCall } = await import('../twilio-sandbox.ts')
  return [await placeTestCall(dev.twilio, xswarm_phone, phone ?? '+15550100000')]
}
