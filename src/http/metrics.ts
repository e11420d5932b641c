import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** Counts one answered request. Costs the same however many there were. */
  observe(method: string, route: string, status: number, seconds: number): void
  /** Everything in the text format of Prometheus. */
  print(): Promise<{ type: string; text: string }>
}

/** Metrics of one service; several in one process do not share them. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'xswarm_http_request_duration_seconds',
    help: 'Time from the first byte understood to the answer made, by route pattern and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  let isWatchingProcess = false
  return {
    observe: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    print: async () => {
      // Watching the event loop and the garbage collector costs timers, which a service in a test does not need.
      if (!isWatchingProcess) collectDefaultMetrics({ register: registry })
      isWatchingProcess = true
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}
