import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import type { DirectoryPage, DirectorySearch } from '../domain/directory.ts'

/**
 * A page of users for an admin or operator. That they looked is written to the audit log, what they looked for is not: it
 * is somebody's address. Throws AppError `invalid` for a query of one or two characters, `unavailable`.
 */
export async function findUsers(
  app: Pick<App, 'directory' | 'audit'>,
  search: DirectorySearch,
  actor: Actor,
): Promise<DirectoryPage> {
  const page = await app.directory.find(search)
  const detail = {
    by_text: (search.query ?? '') !== '',
    ...(search.tier !== undefined && { tier: search.tier.slice(0, 40) }),
    shown: page.users.length,
  }
  // Before anybody sees it.
  await app.audit.record({ actor, action: 'users.listed', detail })
  return page
}
