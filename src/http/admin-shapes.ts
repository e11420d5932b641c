import { z } from 'zod'
import { JOB_STATES } from '../domain/jobs.ts'
import { NUMBER_STATES, SMS_STATUSES } from '../domain/numbers.ts'
import { accountShape, sessionShape, shapes, userShape } from './shapes.ts'

/** The shapes in JSON of what an admin reads, and of what people take with them. */

const utc = z.string().describe('UTC, for example 2026-11-23 14:17:00.')
const nextCursor = z.string().nullable().describe('`cursor` of the next page; null on the last.')

export const userPageShape = z
  .strictObject({
    users: z.array(userShape).describe('The newest first.'),
    next_cursor: nextCursor,
    complete: z.boolean().describe('False while the directory is being built up: then some may be missing.'),
  })
  .register(shapes, { id: 'UserPage' })

export const jobShape = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    key: z.string().nullable(),
    user_id: z.string().nullable(),
    state: z.enum(JOB_STATES),
    attempts: z.int(),
    run_at: utc.nullable(),
    leased_by: z.string().nullable(),
    last_error: z.string().nullable(),
    created_at: utc,
    finished_at: utc.nullable(),
  })
  .register(shapes, { id: 'Job' })

export const jobPageShape = z
  .strictObject({ jobs: z.array(jobShape).describe('The newest first.'), next_cursor: nextCursor })
  .register(shapes, { id: 'JobPage' })

const auditEntryShape = z
  .strictObject({
    id: z.int(),
    at: utc,
    actor: z.string().describe('admin:ID, user:ID, operator:NAME or system.'),
    action: z.string(),
    user_id: z.string().nullable().describe('Whom it is about.'),
    detail: z.record(z.string(), z.unknown()),
    previous_hash: z.string(),
    hash: z.string().describe('SHA-256 of the entry and of the hash before it.'),
  })
  .register(shapes, { id: 'AuditEntry' })

export const auditPageShape = z
  .strictObject({ entries: z.array(auditEntryShape).describe('The newest first.'), next_cursor: nextCursor })
  .register(shapes, { id: 'AuditPage' })

/** One entry of the ledger of numbers. */
export const ledgerNumberShape = z
  .strictObject({
    id: z.string(),
    user_id: z.string().nullable(),
    state: z.enum(NUMBER_STATES),
    origin: z.enum(['bought', 'adopted']).describe('`adopted`: set by hand, never given back at Twilio.'),
    e164: z.string().nullable().describe('While `buying` the candidate.'),
    sid: z.string().nullable(),
    tag: z.string().nullable().describe('Its FriendlyName at Twilio.'),
    unsure: z.int().describe('1 while the outcome of a purchase is not known.'),
    attempted_at: z.int().nullable().describe('Milliseconds since the epoch.'),
    job_id: z.int().nullable(),
    sms_status: z.enum(SMS_STATUSES),
    wanted_at: utc,
    active_at: utc.nullable(),
    grace_until: z.int().nullable().describe('Milliseconds since the epoch.'),
    released_at: utc.nullable(),
    absent_since: z.int().nullable(),
    last_error: z.string().nullable(),
  })
  .register(shapes, { id: 'LedgerNumber' })

export const storyShape = z
  .strictObject({
    user: accountShape,
    proven: z.boolean().describe('False for a sign-up whose address nobody has proven yet.'),
    changes: z.array(
      z.strictObject({
        revision: z.int(),
        user_id: z.string(),
        changed: z.array(z.string()),
        before: z.record(z.string(), z.string().nullable()),
        at: utc,
      }),
    ),
    sessions: z.array(sessionShape.omit({ current: true })),
    numbers: z.array(ledgerNumberShape),
    jobs: z.array(jobShape),
    audit: z.array(auditEntryShape),
  })
  .register(shapes, { id: 'UserStory' })

const count = z.int()

export const overviewShape = z
  .strictObject({
    users: count,
    tiers: z.array(z.strictObject({ tier: z.string(), users: count })),
    numbers: count.describe('Users with an assigned number.'),
    sign_ups: z.array(z.strictObject({ day: z.string(), users: count })).describe('The last 30 days.'),
    complete: z.boolean().describe('False while the directory is being built up: then there are more.'),
    jobs: z.strictObject({ waiting: count, running: count, failed: count }),
  })
  .register(shapes, { id: 'Overview' })

export const exportShape = z
  .looseObject({ exported_at: utc, user: userShape })
  .describe('Besides the user one list for every table that holds something about them.')
  .register(shapes, { id: 'UserExport' })

export const receiptShape = z
  .strictObject({
    receipt_id: z.string(),
    closed_at: utc,
    removed: z.record(z.string(), z.int()).describe('Rows removed, by table.'),
    kept: z.array(z.string()).describe('What stays, and why.'),
  })
  .register(shapes, { id: 'ClosingReceipt' })
