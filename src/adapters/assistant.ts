import type { Assistant } from '../domain/assistant.ts'
import { AppError } from '../domain/errors.ts'

/** Hands texts on over HTTP, with the service token when there is one. */
export function createAssistant(serviceToken: string | undefined, timeoutMs = 10_000): Assistant {
  return {
    async takeText(url, text) {
      let response: Response
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            'Idempotency-Key': text.message_sid,
            ...(serviceToken !== undefined && { Authorization: `Bearer ${serviceToken}` }),
          },
          body: JSON.stringify(text),
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        })
        await response.arrayBuffer()
      } catch (cause) {
        throw new AppError('unavailable', 'The assistant does not answer.', { cause })
      }
      if (response.ok) return
      const said = `The assistant answered a text with ${response.status}.`
      const passes = response.status >= 500 || response.status === 429 || response.status === 408
      throw new AppError(passes ? 'unavailable' : 'invalid', said)
    },
  }
}
