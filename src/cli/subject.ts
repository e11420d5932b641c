import { AppError } from '../domain/errors.ts'
import type { RevisedUser, User } from '../domain/users.ts'
import { UsageError } from './failure.ts'
import type { Project } from './project.ts'

/**
 * The user a command acts on: `--user EMAIL` for an operator, else the test user in development or beside a running
 * `xswarm dev`. Throws UsageError when nobody is named, AppError `not-found` when there is no such user.
 */
export async function getSubject(project: Project, email: string | undefined): Promise<RevisedUser> {
  if (email === undefined) return getTestUser(project)
  const user = await getUser(project, email)
  const revised = await project.app.users.findRevised(user.id)
  if (revised === undefined) throw new AppError('not-found', `The user ${user.email} was deleted just now.`)
  return revised
}

/** A user by any of the names they go by: email, assigned address, assigned number, id. */
export async function getUser({ app }: Project, name: string): Promise<User> {
  const sought = name.trim()
  const user = sought.includes('@')
    ? ((await app.users.findByEmail(sought)) ?? (await app.users.findByXswarmEmail(sought.toLowerCase())))
    : ((await app.users.findById(sought)) ?? (await app.users.findByXswarmPhone(sought)))
  if (user === undefined) {
    throw new AppError('not-found', `There is no user ${name}. See who there is with: xswarm users list`)
  }
  return user
}

/** They exist without seeding: made from config.toml when the first command asks for them. */
async function getTestUser(project: Project): Promise<RevisedUser> {
  if (!project.actsAsTestUser) {
    throw new UsageError(
      `nobody is signed in, and config.toml says environment = "${project.loaded.config.environment}"`,
      'Name the user with --user EMAIL, or run xswarm dev and act as the test user.',
    )
  }
  const { ensureTestUser } = await import('../actions/ensure-test-user.ts')
  return ensureTestUser(project.app)
}
