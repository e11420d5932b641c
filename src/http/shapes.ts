import { z } from 'zod'
import { SMS_STATUSES } from '../domain/numbers.ts'
import { SESSION_KINDS } from '../domain/sessions.ts'
import { SUBSCRIPTION_STATUSES } from '../domain/subscriptions.ts'
import { TIERS } from '../domain/users.ts'

/** The shapes in JSON that several routes share, by the names they have in `openapi.json`. */
export const shapes = z.registry<{ id: string }>()

const id = z.uuid().or(z.string()).describe('Names the user for ever.')
const email = z.string().describe("The person's own address.")
const phone = z.string().nullable().describe("The person's own phone in E.164, for example +15551234567.")
const xswarmEmail = z.string().describe('The address we assigned. Never given to anybody else.')
const tier = z.enum(TIERS).describe('What the person pays for, or was granted.')
const persona = z.string().describe('A key of the catalogue at /api/personas.')

export const signedUpShape = z
  .strictObject({
    user_id: id,
    email,
    phone,
    xswarm_email: xswarmEmail,
    subscription_tier: tier,
    persona,
  })
  .register(shapes, { id: 'SignedUp' })

export const entitlementShape = z
  .strictObject({
    toll_free_number: z.boolean(),
    voice_minutes: z.number().describe('Included per month.'),
    sms_messages: z.number().describe('Included per month.'),
  })
  .register(shapes, { id: 'Entitlement' })

export const userShape = z
  .strictObject({
    id,
    email,
    phone,
    xswarm_email: xswarmEmail,
    xswarm_phone: z.string().nullable().describe('The toll-free number we assigned, in E.164.'),
    subscription_tier: tier,
    persona,
    wake_word: z.string(),
    stripe_customer_id: z.string().nullable(),
    stripe_subscription_id: z.string().nullable(),
    created_at: z.string().describe('UTC, for example 2026-11-23 14:17:00.'),
  })
  .register(shapes, { id: 'User' })

export const personaShape = z
  .strictObject({
    key: z.string().describe('What settings store, for example hal-9000.'),
    name: z.string(),
    wake_word: z.string(),
    greeting: z.string().describe('What a caller hears first.'),
    voice: z.string().describe('A Twilio voice name.'),
  })
  .register(shapes, { id: 'Persona' })

/** RFC 9457. */
export const problemShape = z
  .strictObject({
    type: z
      .string()
      .describe('Stable; ends in the name of the problem, for example urn:xswarm:problem:email-taken.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('A sentence that says what to do next.'),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .register(shapes, { id: 'Problem' })

/** RFC 6749, 5.2: what the routes for devices answer instead of a problem. */
export const oauthErrorShape = z
  .strictObject({ error: z.string(), error_description: z.string() })
  .register(shapes, { id: 'OAuthError' })

export const sessionShape = z
  .strictObject({
    id: z.string().describe('Names the session when it is ended; opens nothing.'),
    kind: z.enum(SESSION_KINDS),
    name: z.string().describe('The device, or what the browser calls itself.'),
    created_at: z.string().describe('UTC, for example 2026-11-23 14:17:00.'),
    last_seen_at: z.string().describe('UTC; written at most once an hour.'),
    expires_at: z.string().describe('UTC; the end if it is not used any more.'),
    current: z.boolean().describe('Whether it is the one that asks.'),
  })
  .register(shapes, { id: 'Session' })

const usedShape = z.strictObject({ used: z.number(), included: z.number() })

export const accountShape = userShape
  .extend({
    entitlements: entitlementShape,
    usage: z.strictObject({
      period_start: z.string().describe('The first day of the month, UTC.'),
      period_end: z.string().describe('The first day that is no longer in it.'),
      voice_minutes: usedShape,
      sms_messages: usedShape,
    }),
    number: z.strictObject({
      state: z
        .enum(['none', 'pending', 'active', 'grace'])
        .describe('`grace`: it is kept for a while, and comes back with the tier.'),
      xswarm_phone: z.string().nullable(),
      sms_status: z
        .enum(['none', ...SMS_STATUSES])
        .describe(
          'How far the verification for texts is, which takes days to weeks. Calls never wait for it.',
        ),
      kept: z.string().nullable().describe('The number that is kept, in E.164.'),
      kept_until: z.string().nullable().describe('UTC, for example 2026-11-23 14:17:00.'),
      delayed: z.boolean().describe('Something stands in the way of one that is pending; it is tried again.'),
    }),
    subscription: z.strictObject({
      state: z
        .enum(['none', 'granted', ...SUBSCRIPTION_STATUSES])
        .describe('granted: nobody pays for it. Else as Stripe says.'),
      tier: z.string(),
      period_end: z.string().nullable().describe('When it renews, UTC.'),
      ends_at: z.string().nullable().describe('When it ends, because it was cancelled for then. UTC.'),
      grace_ends_at: z
        .string()
        .nullable()
        .describe('Until when the tier is kept although the last payment failed. UTC.'),
      payment_url: z.string().nullable().describe('Where what is owed can be paid.'),
    }),
    revision: z.int().describe("Of the user's last change; also the ETag."),
  })
  .register(shapes, { id: 'Account' })
