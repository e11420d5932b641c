import type { Misbehaviour } from '../../src/sandbox/twilio/misbehaviour.ts'

const HOUR_MS = 3_600_000

/** What Twilio, or the way there, may do to us. */
export const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  'behaves well': {},
  'does the purchase and loses the answer': { lostAnswers: { on: 'buy', times: 1 } },
  'loses a purchase': { lostAnswers: { on: 'buy', times: 1, effect: 'none' } },
  'loses one answer in five': { lostAnswers: { share: 0.2 } },
  'gives back and loses the answer': { lostAnswers: { on: 'release', times: 1 } },
  'fails after the purchase': { serverErrors: { on: 'buy', times: 1, effect: 'done' } },
  'fails for an hour': { serverErrors: { forMs: HOUR_MS, status: 503 } },
  'answers with a page of HTML': { serverErrors: { times: 4, status: 502 } },
  'asks for patience': { rateLimit: { times: 6 } },
  'sells the candidate to somebody else': { stolen: { times: 2 } },
  'has nothing for sale': { stockEmpty: { times: 3 } },
  'shows a purchase late, and loses its answer': {
    readLag: { ms: 30_000 },
    lostAnswers: { on: 'buy', times: 2 },
  },
  'shows a release late': { readLag: { ms: 20_000 } },
  // The effect comes first: stories run in their own time, in which a later one would come after its minute.
  'takes longer than we wait': { slow: { on: 'buy', times: 1, ms: 400, effect: 'first' } },
  'refuses the account': { wrongAuth: { times: 2 } },
}
