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
export function createMetrics(app: Pick<App, 'clock' | 'config' | 'jobs' | 'numbers'>): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'xswarm_http_request_duration_seconds',
    help: 'Time from the first byte understood to the answer made, by route pattern and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const readQueue = createQueueGauges(app, registry)
  const readNumbers = createNumberGauges(app, registry)
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
      await readNumbers()
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
    const queue = await jobs.state().catch(unlessAway)
    up.set(queue === undefined ? 0 : 1)
    count.reset()
    age.reset()
    if (queue === undefined) return
    for (const state of ['waiting', 'running', 'failed'] as const) count.set({ state }, queue[state])
    age.set(queue.oldestDueMs / 1_000)
  }
}

/** The ledger belongs to all processes likewise. */
function createNumberGauges(
  { numbers, config, clock }: Pick<App, 'clock' | 'config' | 'numbers'>,
  registry: Registry,
): () => Promise<void> {
  const registers = [registry]
  const held = new Gauge({
    name: 'xswarm_numbers',
    help: 'Entries of the ledger of numbers by state.',
    labelNames: ['state'] as const,
    registers,
  })
  const bought = new Gauge({
    name: 'xswarm_number_purchases_last_hour',
    help: 'Numbers bought, or asked for, within the last hour.',
    registers,
  })
  const most = new Gauge({
    name: 'xswarm_number_purchases_per_hour_max',
    help: 'Where the spend breaker opens.',
    registers,
  })
  const paused = new Gauge({
    name: 'xswarm_telephony_paused',
    help: '1 while Twilio refuses the account and nothing is asked of it.',
    registers,
  })
  return async () => {
    const now = clock.now()
    const read = async () =>
      [await numbers.count(), await numbers.spending(now), await numbers.findPause()] as const
    const [counts, spending, pause] = (await read().catch(unlessAway)) ?? []
    held.reset()
    bought.reset()
    paused.reset()
    most.set(config.numbers.purchases_per_hour_max)
    if (counts === undefined || spending === undefined) return
    for (const [state, total] of Object.entries(counts)) held.set({ state }, total)
    bought.set(spending.lastHour)
    paused.set(pause !== undefined && pause.until > now ? 1 : 0)
  }
}

/** The other metrics are wanted most when the database is away. */
function unlessAway(error: unknown): undefined {
  if (error instanceof AppError) return undefined
  throw error
}
