import { z } from 'zod'
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
