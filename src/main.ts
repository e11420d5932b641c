import { createApp, type Service } from './app.ts'
import type { Log } from './domain/ports.ts'
import type { ProjectConfig } from './domain/project.ts'
import type { Secrets } from './domain/secrets.ts'

/** What a process does: answer requests, work off jobs, or both. */
const ROLES = ['all', 'http', 'worker'] as const
export type Role = (typeof ROLES)[number]

export interface ServeOptions {
  readonly config: ProjectConfig
  readonly secrets: Secrets
  readonly role: Role
  /** Default: JSON lines on stderr, without emails, phones and secrets. */
  readonly log?: Log
  /** Brings the schema up to date first. Default: only in development. */
  readonly migrate?: boolean
  /** Runs when the database is open and nothing is listening yet; what it throws stops the start. */
  prepare?(service: Service): Promise<void>
}

/** A started service. `stop` finishes the requests and jobs under way, then closes the database. Idempotent. */
export interface Running {
  readonly service: Service
  /** Where it listens, for example `http://127.0.0.1:8787`; undefined for a worker, which does not. */
  readonly url: string | undefined
  stop(): Promise<void>
}

/**
 * Starts the service. Throws AppError `misconfigured` when it cannot listen or the schema is not this version's,
 * `unavailable` when the database is away; nothing is left open then.
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { config, secrets, role, migrate } = options
  if (secrets.SMTP_URL !== undefined) {
    const { checkSmtpUrl } = await import('./adapters/mail.ts')
    checkSmtpUrl(secrets.SMTP_URL)
  }
  const { log, flush } = options.log === undefined ? await createServiceLog(secrets) : { log: options.log }
  const service = await createApp({ config, secrets, log, ...(migrate !== undefined && { migrate }) })
  try {
    await options.prepare?.(service)
    const server = role === 'worker' ? undefined : await listen(service)
    const worker = role === 'http' ? undefined : await service.startWorker()
    const { giveMemoryBack } = await import('./adapters/memory.ts')
    const stopTidying = giveMemoryBack()
    let stopped: Promise<void> | undefined
    const stop = async () => {
      // Requests first: what they still enqueue is in the database, and waits there for the next start.
      await server?.close()
      await worker?.close()
      await service.close()
      stopTidying()
      flush?.()
    }
    return {
      service,
      url: server?.url,
      stop: () => {
        stopped ??= stop()
        return stopped
      },
    }
  } catch (error) {
    await service.close()
    throw error
  }
}

async function listen({ app, http }: Service): Promise<{ url: string; close(): Promise<void> }> {
  const { startServer } = await import('./http/serve.ts')
  return startServer(http, { host: app.config.server.host, port: app.config.server.port })
}

/** Standard output stays free for what a command answers. */
async function createServiceLog(secrets: Secrets): Promise<{ log: Log; flush?: () => void }> {
  const { createLog } = await import('./adapters/log.ts')
  const log = createLog({ secrets, destination: 2 })
  return { log, flush: () => log.flush() }
}
