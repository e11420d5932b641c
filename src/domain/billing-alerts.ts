import type { NewJob } from './jobs.ts'
import type { ProjectConfig } from './project.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * The mail that tells the operator of something only a person can put right, at most once a day for the same thing. None
 * when `email.alerts_to` is not set; the log says it in any case.
 */
export function alertJobs(
  { email }: Pick<ProjectConfig, 'email'>,
  now: number,
  alert: { readonly about: string; readonly what: string },
): readonly NewJob[] {
  if (email.alerts_to === undefined) return []
  return [
    {
      name: 'send-mail',
      payload: { template: 'billing-alert', what: alert.what, to: email.alerts_to },
      key: `billing-alert-${alert.about}`,
      expires_at: now + 2 * DAY_MS,
      kept_until: now + DAY_MS,
    },
  ]
}
