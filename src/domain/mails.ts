/** What a mail says, by template, with everything it needs that is not in the user's row. */
export type MailContent =
  | { readonly template: 'welcome' }
  | { readonly template: 'sign-in-code'; readonly code: string; readonly minutes: number }
  | { readonly template: 'email-taken' }
  | { readonly template: 'address-change-code'; readonly code: string; readonly minutes: number }
  | { readonly template: 'address-changed' }
  | { readonly template: 'account-closed'; readonly receipt_id: string; readonly closed_at: string }
  | { readonly template: 'unproven-expires'; readonly days: number }

export type MailTemplate = MailContent['template']

/**
 * The payload of `send-mail`. It goes to the address of the job's `user_id`, looked up when it is sent; `to` is for the
 * three that must reach an address which is not (or no longer) the user's, and such a job must have `expires_at`.
 */
export type MailRequest = MailContent & { readonly to?: string }
