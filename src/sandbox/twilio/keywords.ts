/** What the network or Twilio does by itself with a text of one word, before and besides our webhook. */
export interface KeywordEffect {
  /** Who acts: the toll-free network knows STOP, START and UNSTOP, the other words are Twilio's. */
  readonly by: 'network' | 'twilio'
  readonly effect: 'opt-out' | 'opt-in' | 'help'
  /** What the sender gets back, from nobody's webhook. */
  readonly reply: string
}

const UNSUBSCRIBED =
  'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.'
const HELP = 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.'

/** Undefined for a text that is no keyword. Only a single word is one, in any case. YES does not opt in on toll-free numbers. */
export function keywordEffect(body: string): KeywordEffect | undefined {
  const word = body.trim().toUpperCase()
  if (word === 'STOP')
    return {
      by: 'network',
      effect: 'opt-out',
      reply:
        'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.',
    }
  if (word === 'START' || word === 'UNSTOP')
    return {
      by: 'network',
      effect: 'opt-in',
      reply: `NETWORK MSG: You have replied "${word.toLowerCase()}" and will begin receiving messages again from this number.`,
    }
  if (['STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE'].includes(word))
    return { by: 'twilio', effect: 'opt-out', reply: UNSUBSCRIBED }
  if (word === 'HELP' || word === 'INFO') return { by: 'twilio', effect: 'help', reply: HELP }
  return undefined
}
