import type { App } from '../domain/app.ts'
import type { Statement } from '../domain/ports.ts'

/** Half a million rows at the sizes in use: what a sweep leaves behind, the next one takes. */
const BATCHES_MAX = 1_000

/**
 * Repeats a deletion that takes a bounded number of rows at a time until it finds none, a commit for each batch, so that
 * other writers get their turn in between. `statement` returns a row for each one it removed.
 */
export async function forgetOld(app: Pick<App, 'database'>, statement: () => Statement): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const outcome = await app.database.write({ statements: [statement()] })
    if (outcome.outcome === 'refused')
      throw new Error(`the sweep was refused: ${JSON.stringify(outcome.refusal)}`)
    // After a lost answer the rows are gone or will be: deleting is harmless to repeat, and the next interval does.
    if (outcome.outcome === 'unknown' || outcome.rows[0]?.length === 0) return
  }
}
