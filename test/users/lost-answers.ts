import type { Database } from '../../src/domain/ports.ts'

/** Does every write and then loses its answer, as a network can. */
export function losingAnswers(database: Database): Database {
  return withWrites(database, async (unit) => {
    await database.write(unit)
    return { outcome: 'unknown', cause: new Error('socket closed') }
  })
}

/** The same database with another way to write. */
export function withWrites(database: Database, write: Database['write']): Database {
  return {
    kind: database.kind,
    location: database.location,
    read: (query) => database.read(query),
    readFirst: (query) => database.readFirst(query),
    close: () => database.close(),
    write: async (unit) => write(unit),
  }
}
