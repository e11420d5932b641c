import { iso8601, type Params } from './api.ts'
import { TwilioError } from './errors.ts'
import { findNumber } from './numbers.ts'
import type { Verification, VerificationStatus } from './state.ts'
import type { World } from './world.ts'

const HOUR = 3_600_000
/** How long the sandbox's reviewers take: a day until somebody looks, three until they decide. */
const REVIEW_BEGINS_AFTER = 24 * HOUR
const REVIEW_ENDS_AFTER = 72 * HOUR
const EDIT_WINDOW = 7 * 24 * HOUR
/** Toll-free verification rejected. */
const REJECTED_CODE = 30475

const REQUIRED = [
  'BusinessName',
  'BusinessWebsite',
  'NotificationEmail',
  'UseCaseCategories',
  'UseCaseSummary',
  'ProductionMessageSample',
  'OptInImageUrls',
  'OptInType',
  'MessageVolume',
  'TollfreePhoneNumberSid',
] as const

const LISTS = ['UseCaseCategories', 'OptInImageUrls', 'OptInKeywords']

/** Parameters whose value an answer repeats, with the answer's key. */
const ECHOED: Readonly<Record<string, string>> = {
  BusinessName: 'business_name',
  BusinessStreetAddress: 'business_street_address',
  BusinessStreetAddress2: 'business_street_address2',
  BusinessCity: 'business_city',
  BusinessStateProvinceRegion: 'business_state_province_region',
  BusinessPostalCode: 'business_postal_code',
  BusinessCountry: 'business_country',
  BusinessWebsite: 'business_website',
  BusinessContactFirstName: 'business_contact_first_name',
  BusinessContactLastName: 'business_contact_last_name',
  BusinessContactEmail: 'business_contact_email',
  BusinessContactPhone: 'business_contact_phone',
  NotificationEmail: 'notification_email',
  UseCaseCategories: 'use_case_categories',
  UseCaseSummary: 'use_case_summary',
  ProductionMessageSample: 'production_message_sample',
  OptInImageUrls: 'opt_in_image_urls',
  OptInType: 'opt_in_type',
  MessageVolume: 'message_volume',
  AdditionalInformation: 'additional_information',
  TollfreePhoneNumberSid: 'tollfree_phone_number_sid',
  CustomerProfileSid: 'customer_profile_sid',
  BusinessRegistrationNumber: 'business_registration_number',
  BusinessRegistrationAuthority: 'business_registration_authority',
  BusinessRegistrationCountry: 'business_registration_country',
  BusinessRegistrationPhoneNumber: 'business_registration_phone_number',
  BusinessType: 'business_type',
  DoingBusinessAs: 'doing_business_as',
  OptInConfirmationMessage: 'opt_in_confirmation_message',
  HelpMessageSample: 'help_message_sample',
  PrivacyPolicyUrl: 'privacy_policy_url',
  TermsAndConditionsUrl: 'terms_and_conditions_url',
  AgeGatedContent: 'age_gated_content',
  OptInKeywords: 'opt_in_keywords',
  ExternalReferenceId: 'external_reference_id',
  VettingId: 'vetting_id',
  VettingProvider: 'vetting_provider',
}
export const VERIFICATION_PARAMETERS = [...Object.keys(ECHOED), 'EditReason']

/** Hands a number in for review. Throws TwilioError for what is missing. */
export function createVerification(world: World, params: Params): Verification {
  const sent = sentBy(params)
  demandComplete(sent)
  const number = findNumber(world, String(sent.TollfreePhoneNumberSid))
  if (number === undefined)
    throw new TwilioError(20001, 'TollfreePhoneNumberSid is not a toll-free number of this account')
  const isUnderWay = world.store
    .list('verification')
    .some(
      (other) => other.phone_number === number.phone_number && statusOf(world, other) !== 'TWILIO_REJECTED',
    )
  if (isUnderWay) throw new TwilioError(20001, 'A verification of this number exists already')
  const now = world.now()
  const verification: Verification = {
    sid: world.sid('HH'),
    ordinal: world.nextOrdinal(),
    created_at: now,
    updated_at: now,
    submitted_at: now,
    phone_number: number.phone_number,
    sent,
  }
  world.store.put('verification', verification.sid, verification)
  return verification
}

/** Corrects what was handed in; a rejected one is reviewed anew. */
export function editVerification(world: World, before: Verification, params: Params): Verification {
  const isRejected = statusOf(world, before) === 'TWILIO_REJECTED'
  if (!isRejected || world.now() >= (before.decision?.at ?? 0) + EDIT_WINDOW)
    throw new TwilioError(20001, 'This verification cannot be edited now')
  const { decision: _settled, ...kept } = before
  const now = world.now()
  const after = { ...kept, sent: { ...before.sent, ...sentBy(params) }, updated_at: now, submitted_at: now }
  demandComplete(after.sent)
  world.store.put('verification', after.sid, after)
  return after
}

/** What the reviewers of the sandbox say: by decision of its operator, else by the clock. */
export function statusOf(world: World, { decision, submitted_at }: Verification): VerificationStatus {
  if (decision !== undefined) return decision.status
  const age = world.now() - submitted_at
  if (age >= REVIEW_ENDS_AFTER) return 'TWILIO_APPROVED'
  return age >= REVIEW_BEGINS_AFTER ? 'IN_REVIEW' : 'PENDING_REVIEW'
}

/** Whether texts from this number reach people in the USA and Canada. */
export function isVerified(world: World, phoneNumber: string): boolean {
  return world.store
    .list('verification')
    .some((one) => one.phone_number === phoneNumber && statusOf(world, one) === 'TWILIO_APPROVED')
}

export function verificationJson(world: World, one: Verification, origin: string): Record<string, unknown> {
  const echoed = Object.entries(ECHOED).map(([name, key]) => [key, one.sent[name] ?? null])
  const status = statusOf(world, one)
  const rejection = status === 'TWILIO_REJECTED' ? one.decision : undefined
  const editUntil = rejection === undefined ? undefined : rejection.at + EDIT_WINDOW
  return {
    ...Object.fromEntries(echoed),
    age_gated_content: one.sent.AgeGatedContent === 'true',
    sid: one.sid,
    account_sid: world.accountSid,
    trust_product_sid: null,
    regulated_item_sid: null,
    date_created: iso8601(one.created_at),
    date_updated: iso8601(rejection?.at ?? one.updated_at),
    tollfree_phone_number: one.phone_number,
    status,
    rejection_reason: rejection?.reason ?? null,
    error_code: rejection === undefined ? null : REJECTED_CODE,
    rejection_reasons: rejection === undefined ? null : [{ code: REJECTED_CODE, reason: rejection.reason }],
    edit_allowed: editUntil === undefined ? null : world.now() < editUntil,
    edit_expiration: editUntil === undefined ? null : iso8601(editUntil),
    vetting_id_expiration: null,
    resource_links: {},
    url: `${origin}/v1/Tollfree/Verifications/${one.sid}`,
  }
}

function sentBy(params: Params): Record<string, string | readonly string[]> {
  const known = VERIFICATION_PARAMETERS.filter((name) => params.names.includes(name))
  return Object.fromEntries(
    known.map((name) => [name, LISTS.includes(name) ? params.all(name) : (params.get(name) ?? '')]),
  )
}

function demandComplete(sent: Verification['sent']): void {
  const needsRegistration = sent.BusinessType !== 'SOLE_PROPRIETOR'
  const required = needsRegistration ? [...REQUIRED, 'BusinessRegistrationNumber'] : REQUIRED
  const missing = required.find((name) => sent[name] === undefined || sent[name].length === 0)
  if (missing !== undefined)
    throw new TwilioError(20001, `Missing required parameter ${missing} in the post body`)
}
