import type { App } from '../domain/app.ts'
import type { Actor, AuditEntry } from '../domain/audit.ts'

export interface AuditView {
  readonly entries: readonly AuditEntry[]
  /** Undefined on the last page. */
  readonly next_cursor: number | undefined
}

/** A page of the audit log, the newest first, for an admin. That they looked is its newest entry. Throws AppError `unavailable`. */
export async function viewAudit(
  app: Pick<App, 'audit'>,
  page: {
    readonly user_id?: string | undefined
    readonly cursor?: number | undefined
    readonly limit: number
  },
  actor: Actor,
): Promise<AuditView> {
  const { user_id, cursor, limit } = page
  await app.audit.record({ actor, action: 'audit.viewed', ...(user_id !== undefined && { user_id }) })
  const found = await app.audit.list({
    ...(user_id !== undefined && { user_id }),
    ...(cursor !== undefined && { cursor }),
    limit: limit + 1,
  })
  const entries = found.slice(0, limit)
  return { entries, next_cursor: found.length > limit ? entries.at(-1)?.id : undefined }
}
