import type { ProjectConfig } from '../../src/domain/project.ts'
import { runJobs } from '../jobs/run-jobs.ts'
import { ask, bearer, createTestService, signInAs, type TestService, type Told } from '../sign-in/people.ts'

export { ask, bearer, post, readCode, signInAs, type TestService, type Told } from '../sign-in/people.ts'

export const adminEmail = 'admin@xswarm.dev'

const admin = {
  email: adminEmail,
  phone: '+15559876543',
  access_level: 'superadmin',
  can_provision_numbers: true,
  can_view_all_users: true,
}

/** The service with an admin in its config, as the seed writes one. */
export function createAdminService(config: Partial<ProjectConfig> = {}): Promise<TestService> {
  return createTestService({ config: { admin, ...config } })
}

export interface AdminAt {
  readonly id: string
  readonly token: string
  get(path: string): Promise<Told>
  post(path: string): Promise<Told>
}

/** The admin signed in like everybody, asking. */
export async function signInAdmin(parts: TestService): Promise<AdminAt> {
  const { token, userId } = await signInAs(parts, adminEmail)
  const send = (method: string) => (path: string) => ask(parts, path, { method, headers: bearer(token) })
  return { id: userId, token, get: send('GET'), post: send('POST') }
}

/** Users as somebody would write them at the database shell. */
export async function insertUsers(parts: TestService, count: number, from = 0): Promise<void> {
  for (let start = from; start < from + count; start += 500) {
    const statements = Array.from({ length: Math.min(500, from + count - start) }, (_, index) => {
      const n = start + index
      return {
        sql: `INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier) VALUES (?, ?, ?, ?, ?, ?)`,
        args: [
          `user-${n}`,
          `person${n}@example.com`,
          `+1555${String(n).padStart(7, '0')}`,
          `p${n}q@xswarm.ai`,
          n % 10 === 0 ? `+1800${String(n).padStart(7, '0')}` : null,
          n % 5 === 0 ? 'premium' : 'free',
        ],
      }
    })
    const outcome = await parts.database.write({ statements })
    if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
  }
}

/** The newest code that was mailed to an address to prove it, after everything that is due was sent. */
export async function readChangeCode(parts: TestService, email: string): Promise<string> {
  await runJobs(parts)
  const mail = parts.mailbox
    .list()
    .find((one) => one.to === email && /confirms your new address/.test(one.subject))
  const code = mail?.subject.match(/\d{6}/)?.[0]
  if (code === undefined) throw new Error(`no code arrived for ${email}`)
  return code
}
