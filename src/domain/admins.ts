import type { ProjectConfig } from './project.ts'
import type { User } from './users.ts'

/** What `[admin]` of config.toml can grant. */
export const ADMIN_RIGHTS = ['can_view_all_users', 'can_provision_numbers'] as const
export type AdminRight = (typeof ADMIN_RIGHTS)[number]

/**
 * What this user may do as the admin: exactly what `[admin]` grants; undefined for everybody whose address is not the
 * one named there. Signing in proves the address, and a changed config counts from the next start.
 */
export function adminRightsOf(
  user: Pick<User, 'email'>,
  config: Pick<ProjectConfig, 'admin'>,
): ReadonlySet<AdminRight> | undefined {
  const { admin } = config
  if (admin === undefined || user.email.toLowerCase() !== admin.email.trim().toLowerCase()) return undefined
  return new Set(ADMIN_RIGHTS.filter((right) => admin[right]))
}
