import type { NewJob } from './jobs.ts'
import { DAY_MS } from './numbers.ts'
import type { ProjectConfig } from './project.ts'

type Job<Name extends NewJob['name']> = Extract<NewJob, { readonly name: Name }>

/** The one job of a user's number. Closing the account takes it along. */
export function provisionJob(user_id: string): Job<'provision-number'> {
  return { name: 'provision-number', payload: { user_id }, key: user_id, user_id, urgent: true }
}

/** Somebody waits for it, and it names nobody: what may have been bought outlives the account it was bought for. */
export function buyJob(number_id: string): Job<'buy-number'> {
  return { name: 'buy-number', payload: { number_id }, key: number_id, urgent: true }
}

export function releaseJob(number_id: string): Job<'release-number'> {
  return { name: 'release-number', payload: { number_id }, key: number_id }
}

/**
 * The mail that tells the operator of something only a person can put right, at most once a day for the same thing. None
 * when `email.alerts_to` is not set; the log says it in any case.
 */
export function numberAlerts(
  { email }: Pick<ProjectConfig, 'email'>,
  now: number,
  alert: { readonly about: string; readonly what: string },
): readonly Job<'send-mail'>[] {
  if (email.alerts_to === undefined) return []
  return [
    {
      name: 'send-mail',
      payload: { template: 'number-alert', what: alert.what, to: email.alerts_to },
      key: `number-alert-${alert.about}`,
      expires_at: now + 2 * DAY_MS,
      kept_until: now + DAY_MS,
    },
  ]
}
