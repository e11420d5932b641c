import type { App } from '../domain/app.ts'
import { answerTo } from '../domain/call-answers.ts'

export interface IncomingCall {
  /** Which of our numbers was called. */
  readonly to: string
  /** Who calls, as the network claims. */
  readonly from: string
  readonly sid: string
}

/**
 * What a caller hears, as TwiML. Somebody waits on the line: it costs one indexed read and writes nothing, so a call that
 * is told twice changes nothing either. Throws AppError `unavailable`.
 */
export async function answerCall(
  app: Pick<App, 'config' | 'personas' | 'numbers'>,
  call: IncomingCall,
): Promise<string> {
  return answerTo(await app.numbers.findRoute(call.to), call, app.config, app.personas)
}
