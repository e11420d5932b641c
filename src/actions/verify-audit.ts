import type { App } from '../domain/app.ts'
import type { Actor, AuditVerdict } from '../domain/audit.ts'

/** Whether every entry of the audit log follows from the one before it. Throws AppError `unavailable`. */
export async function verifyAudit(app: Pick<App, 'audit'>, actor: Actor): Promise<AuditVerdict> {
  const verdict = await app.audit.verify()
  await app.audit.record({ actor, action: 'audit.verified', detail: { ok: verdict.ok } })
  return verdict
}
