import { auditNumbers } from '../actions/audit-numbers.ts'
import { buyNumber } from '../actions/buy-number.ts'
import { deleteCustomer } from '../actions/delete-customer.ts'
import { endDuplicate } from '../actions/end-duplicate.ts'
import { expireUnproven } from '../actions/expire-unproven.ts'
import { followChanges } from '../actions/follow-changes.ts'
import { forgetOld } from '../actions/forget-old.ts'
import { handOnText } from '../actions/hand-on-text.ts'
import { provisionNumber } from '../actions/provision-number.ts'
import { recordUsage } from '../actions/record-usage.ts'
import { refreshSmsStatus } from '../actions/refresh-sms-status.ts'
import { releaseNumber } from '../actions/release-number.ts'
import { reportUsage } from '../actions/report-usage.ts'
import { reviewDispute } from '../actions/review-dispute.ts'
import { sendMail } from '../actions/send-mail.ts'
import { sweepBilling } from '../actions/sweep-billing.ts'
import { sweepNumbers } from '../actions/sweep-numbers.ts'
import { syncSubscription } from '../actions/sync-subscription.ts'
import { updateCustomer } from '../actions/update-customer.ts'
import type { App } from '../domain/app.ts'
import type { ClaimedJob, JobName } from '../domain/jobs.ts'

/** The job as its action gets it. */
type JobOf<Name extends JobName> = Extract<ClaimedJob, { readonly name: Name }>

/** What each job does: one action. An action may run twice, late, or after a crash at any line. */
const ACTIONS = {
  'send-mail': (app, job) => sendMail(app, job),
  'provision-number': (app, job) => provisionNumber(app, job),
  'buy-number': (app, job) => buyNumber(app, job),
  'release-number': (app, job) => releaseNumber(app, job),
  'hand-on-text': (app, job) => handOnText(app, job),
  'record-usage': async (app, job) => void (await recordUsage(app, job.payload)),
  'sweep-numbers': (app) => sweepNumbers(app),
  'audit-numbers': async (app) => {
    // Where there is no Twilio there is nothing to compare with.
    if (app.telephony !== undefined) await auditNumbers(app, { repair: true, actor: 'system' })
  },
  'refresh-sms-status': (app) => refreshSmsStatus(app),
  'forget-answers': (app) => forgetOld(app, () => app.idempotency.forgetOld()),
  'forget-operations': (app) => forgetOld(app, () => app.idempotency.forgetOldOperations()),
  'forget-jobs': (app) => forgetOld(app, () => app.jobs.forgetOld()),
  'forget-sign-ins': async (app) => {
    for (const part of [app.codes, app.sessions, app.devices, app.limits])
      await forgetOld(app, () => part.forgetOld(app.clock.now()))
  },
  'forget-email-changes': (app) => forgetOld(app, () => app.emailChanges.forgetOld(app.clock.now())),
  'follow-changes': (app) => followChanges(app),
  'expire-unproven': (app) => expireUnproven(app),
  'sync-subscription': (app, job) => syncSubscription(app, job),
  'end-duplicate': (app, job) => endDuplicate(app, job),
  'review-dispute': (app, job) => reviewDispute(app, job),
  'update-customer': (app, job) => updateCustomer(app, job),
  'delete-customer': (app, job) => deleteCustomer(app, job),
  'report-usage': (app, job) => reportUsage(app, job),
  'sweep-billing': (app) => sweepBilling(app),
  'forget-events': (app) => forgetOld(app, () => app.events.forgetOld(app.clock.now())),
} as const satisfies { readonly [Name in JobName]: (app: App, job: JobOf<Name>) => Promise<void> }

/** Runs a job's action. Throws what the action throws, and an Error for a name that only a newer version knows. */
export async function runJob(app: App, job: ClaimedJob): Promise<void> {
  // Own names only: a row may hold any text, also `constructor`.
  if (!Object.hasOwn(ACTIONS, job.name)) throw new Error(`this version does not know the job ${job.name}`)
  const action: (app: App, job: never) => Promise<void> = ACTIONS[job.name]
  // The table pairs every name with the action of its payload; TypeScript cannot follow that through an index.
  await action(app, job as never)
}
