/**
 * The refusals of Twilio's API, by code: HTTP status and message. Codes and statuses of 20003, 20404, 20429, 20500,
 * 20503, 21404, 21421, 21422 and 21452 are documented or recorded; the others follow Twilio's error dictionary, whose
 * wording of messages is not promised. Programs decide by the code, never by the message.
 */
const REFUSALS = {
  20001: [400, 'Parameter is not valid'],
  20003: [401, 'Authenticate'],
  20004: [405, 'Method not allowed'],
  20005: [403, 'Account is not active'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'Internal Server Error'],
  20503: [503, 'Service is unavailable, please try again'],
  21402: [400, 'Invalid Url'],
  21403: [400, 'Invalid Method'],
  21404: [
    400,
    'Trial accounts are allowed only one Twilio phone number. To get additional numbers, please upgrade',
  ],
  21405: [400, 'Cannot set VoiceFallbackUrl without setting VoiceUrl'],
  21406: [400, 'Cannot set SmsFallbackUrl without setting SmsUrl'],
  21421: [400, 'PhoneNumber is invalid'],
  21422: [400, 'PhoneNumber is not available'],
  21451: [400, 'Invalid area code'],
  21452: [400, 'No phone numbers found in area code'],
} as const satisfies Record<number, readonly [status: number, message: string]>

export type RefusalCode = keyof typeof REFUSALS

/** The body of every error answer of Twilio. */
export interface ErrorBody {
  readonly code: number
  readonly message: string
  readonly more_info: string
  readonly status: number
}

/** A refusal in Twilio's shape. Thrown before anything was changed. */
export class TwilioError extends Error {
  readonly status: number
  readonly body: ErrorBody

  constructor(code: RefusalCode, detail?: string) {
    const [status, message] = REFUSALS[code]
    super(detail ?? message)
    this.status = status
    this.body = {
      code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status,
    }
  }
}

/** 404 with the path that leads nowhere. */
export function notFound(path: string): TwilioError {
  return new TwilioError(20404, `The requested resource ${path} was not found`)
}
