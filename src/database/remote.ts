import { AppError } from '../domain/errors.ts'
import type { Log } from '../domain/ports.ts'
import type { OpenedDatabase } from './opened.ts'

export interface RemoteOptions {
  readonly url: URL
  readonly authToken: string | undefined
  readonly grouping: boolean
  readonly patienceMs: number
  readonly requestTimeoutMs: number
  readonly unitsMax: number
  readonly log: Log | undefined
}

/** A libSQL server. */
export async function openRemote(options: RemoteOptions): Promise<OpenedDatabase> {
  throw new AppError('misconfigured', `The server ${options.url.host} cannot be opened by this version yet.`)
}
