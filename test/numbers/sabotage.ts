import type { Candidate } from '../../src/domain/number-queries.ts'
import { type Telephony, TelephonyError } from '../../src/domain/telephony.ts'
import type { Sabotage } from './kill-story.ts'

/** The candidate is only remembered, and written down with what came of it. */
export function candidateNotSavedFirst(): Sabotage {
  const chosen = new Map<string, Candidate>()
  return {
    app: (real) => ({
      ...real,
      numbers: {
        ...real.numbers,
        saveCandidate(candidate) {
          chosen.set(candidate.id, candidate)
          return {
            sql: 'UPDATE numbers SET attempted_at = ? WHERE id = ?',
            args: [candidate.now, candidate.id],
          }
        },
        activate({ id, sid, now }) {
          const candidate = chosen.get(id)
          return {
            sql: `UPDATE numbers SET state = 'active', e164 = ?, tag = ?, sid = ?, active_at = ? WHERE id = ?`,
            args: [candidate?.e164 ?? null, candidate?.tag ?? null, sid, String(now), id],
          }
        },
      },
    }),
  }
}

/** Silence is taken for a refusal, so another number is looked for. */
export const searchFollowsUnknown: Sabotage = {
  telephony: (real): Telephony => ({
    ...real,
    async buy(order) {
      try {
        return await real.buy(order)
      } catch (error) {
        if (!(error instanceof TelephonyError) || error.failure !== 'unknown') throw error
        throw new TelephonyError('gone', 'It cannot have worked.')
      }
    },
  }),
}

/** A worker takes what another holds, and writes although it no longer holds it. */
export const leaseIgnored: Sabotage = {
  ignoresLeases: true,
  app: (real) => ({
    ...real,
    jobs: {
      ...real.jobs,
      expectHeld: () => ({ sql: 'INSERT INTO guard (ok) SELECT 0 WHERE 1 = 2', args: [] }),
    },
  }),
}
