import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'

export interface Metrics {
  /** Counts one answered request. Costs the same however many there were. */
  observe(method: string, route: string, status: number, seconds: number): void
  /** A number that is read when somebody asks for the metrics. */
  watch(name: string, help: string, read: () => number): void
  /** Everything in the text format of Prometheus. */
  print(): Promise<{ type: string; text: string }>
}

/** Metrics of one service; several in one process do not share them. */
export function createMetrics(app: Pick<App, 'jobs'>): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'xswarm_http_request_duration_seconds',
    help: 'Time from the first byte understood to the answer made, by route pattern and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const readQueue = createQueueGauges(app, registry)
  let isWatchingProcess = false
  return {
    observe: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    watch(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read())
        },
      })
    },
    print: async () => {
      // Watching the event loop and the garbage collector costs timers, which a service in a test does not need.
      if (!isWatchingProcess) collectDefaultMetrics({ register: registry })
      isWatchingProcess = true
      await readQueue()
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}

/** The queue belongs to all processes, so every one of them reports the same. Read only when somebody asks. */
function createQueueGauges({ jobs }: Pick<App, 'jobs'>, registry: Registry): () => Promise<void> {
  const registers = [registry]
  const up = new Gauge({ name: 'xswarm_database_up', help: '1 when the database answers.', registers })
  const count = new Gauge({
    name: 'xswarm_jobs',
    help: 'Jobs in the queue by state; failed ones wait for an operator.',
    labelNames: ['state'] as const,
    registers,
  })
  const age = new Gauge({
    name: 'xswarm_jobs_oldest_due_seconds',
    help: 'For how long the longest due job has been due; 0 when none is.',
    registers,
  })
  return async () => {
    const queue = await jobs.state().catch((error: unknown) => {
      // The other metrics are wanted most when the database is away.
      if (error instanceof AppError) return undefined
      throw error
    })
    up.set(queue === undefined ? 0 : 1)
    count.reset()
    age.reset()
    if (queue === undefined) return
    for (const state of ['waiting', 'running', 'failed'] as const) count.set({ state }, queue[state])
    age.set(queue.oldestDueMs / 1_000)
  }
}
