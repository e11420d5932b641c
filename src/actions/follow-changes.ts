import type { App } from '../domain/app.ts'

const CHANGES_AT_ONCE = 250
/** A million changes: then the next interval goes on. */
const BATCHES_MAX = 4_000
const FORGETS_MAX = 200

/**
 * Brings the directory of users up to date with the change log, a commit for each batch so that other writers get their
 * turn in between, and takes out what its search index still holds of people who left.
 */
export async function followChanges(app: Pick<App, 'directory'>): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    if (await app.directory.follow(CHANGES_AT_ONCE)) break
  }
  for (let step = 0; step < FORGETS_MAX; step++) {
    if (await app.directory.forget()) return
  }
}
