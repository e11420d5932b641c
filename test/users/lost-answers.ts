import type { Database } from '../../src/domain/ports.ts'

/** Does every write and then loses its answer, as a network can. */
export function losingAnswers(database: Database): Database {
  return {
    kind: database.kind,
    location: database.location,
    read: (query) => database.read(query),
    readFirst: (query) => database.readFirst(query),
    close: () => database.close(),
    async write(unit) {
      await database.write(unit)
      return { outcome: 'unknown', cause: new Error('socket closed') }
    },
  }
}
