import type { Database, WriteUnit } from '../domain/ports.ts'

/** A database that tells who listens about every unit this process wrote. */
export interface ObservedDatabase extends Database {
  /** Calls `listener` after each unit that is, or may be, in the database. Returns how to stop listening. */
  onWrite(listener: (unit: WriteUnit) => void): () => void
}

/** Lets a worker or a stream of this process hear of a write at once, instead of with its next look. */
export function observeWrites(database: Database): ObservedDatabase {
  const listeners = new Set<(unit: WriteUnit) => void>()
  return {
    kind: database.kind,
    location: database.location,
    read: (query) => database.read(query),
    readFirst: (query) => database.readFirst(query),
    async write(unit) {
      const outcome = await database.write(unit)
      if (outcome.outcome !== 'refused') for (const listener of listeners) listener(unit)
      return outcome
    },
    close: () => database.close(),
    onWrite(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
