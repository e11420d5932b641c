import { type Change, type Journal, noJournal, openJournal, readJournal } from '../journal.ts'
import type { Kind, Kinds } from './state.ts'

/**
 * The state: maps in memory, and a journal behind them. Changes are made at once; an answer may leave only after
 * `saved`, so that nothing acknowledged is ever lost.
 */
export interface Store {
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined
  /** In the order in which they were first put. */
  list<K extends Kind>(kind: K): readonly Kinds[K][]
  ids(kind: Kind): readonly string[]
  put<K extends Kind>(kind: K, id: string, value: Kinds[K]): void
  remove(kind: Kind, id: string): void
  saved(): Promise<void>
  close(): Promise<void>
}

/** Opens the state at `path`, or one that ends with the process. Throws AppError `misconfigured` when it cannot be read. */
export async function openStore(path: string | undefined): Promise<Store> {
  const maps = new Map<string, Map<string, unknown>>()
  const mapOf = (kind: string) => {
    const known = maps.get(kind) ?? new Map<string, unknown>()
    maps.set(kind, known)
    return known
  }
  const apply = ([kind, id, value]: Change) => {
    if (value === null) mapOf(kind).delete(id)
    else mapOf(kind).set(id, value)
  }
  const journal = path === undefined ? noJournal : await openAt(path, apply, () => allOf(maps))
  let unsaved: Change[] = []

  function change(one: Change): void {
    apply(one)
    unsaved.push(one)
  }

  /** Whoever changes several things does so without a pause, so they always land on one line of the journal. */
  async function saved(): Promise<void> {
    if (unsaved.length > 0) journal.append(unsaved)
    unsaved = []
    await journal.flush()
  }

  return {
    get: (kind, id) => mapOf(kind).get(id) as Kinds[typeof kind] | undefined, // only `put` fills the maps
    list: (kind) => [...mapOf(kind).values()] as Kinds[typeof kind][],
    ids: (kind) => [...mapOf(kind).keys()],
    put: (kind, id, value) => change([kind, id, value]),
    remove: (kind, id) => change([kind, id, null]),
    saved,
    async close() {
      await saved()
      await journal.close()
    },
  }
}

async function openAt(path: string, apply: (change: Change) => void, all: () => Change[]): Promise<Journal> {
  for (const changes of readJournal(path)) for (const change of changes) apply(change)
  return await openJournal(path, all())
}

function allOf(maps: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Change[] {
  return [...maps].flatMap(([kind, map]) => [...map].map(([id, value]): Change => [kind, id, value]))
}
