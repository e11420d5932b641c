import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenDatabaseOptions, openDatabase } from '../../src/database/open.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { missingLibsqlServer, startLibsqlServer } from './libsql-server.ts'

/** An empty place for a database, which may be opened several times, and everything that was opened there. */
export interface Place {
  readonly url: string
  open(options?: Partial<OpenDatabaseOptions>): Promise<OpenedDatabase>
  /** Closes what was opened and removes the place. */
  remove(): Promise<void>
}

export interface Mode {
  readonly name: string
  create(): Promise<Place>
}

/** Both ways to reach a database, to prove that callers cannot tell them apart. */
export const MODES: readonly Mode[] = [
  { name: 'a local file', create: createLocalPlace },
  { name: 'a libsql-server', create: createServerPlace },
]

const missing = missingLibsqlServer()
if (missing !== undefined) console.error(missing)

export async function createLocalPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-database-'))
  return createPlace(`file:${folder}/xswarm.db`, async () => rmSync(folder, { recursive: true, force: true }))
}

async function createServerPlace(): Promise<Place> {
  const server = await startLibsqlServer()
  return createPlace(server.url, server.stop)
}

function createPlace(url: string, clear: () => Promise<void>): Place {
  const opened: OpenedDatabase[] = []
  return {
    url,
    async open(options = {}) {
      const database = await openDatabase({ url, migrate: true, ...options })
      opened.push(database)
      return database
    },
    async remove() {
      await Promise.all(opened.map((database) => database.close()))
      await clear()
    },
  }
}
