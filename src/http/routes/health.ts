import { z } from 'zod'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import type { Metrics } from '../metrics.ts'
import { json, type Route, reply, route } from '../route.ts'

const databaseAnswersWithinMs = 2000

/** What operations ask. The document is asked for late: it describes these routes too. */
export function healthRoutes(app: App, metrics: Metrics, document: () => unknown): readonly Route[] {
  let printed: string | undefined
  return [
    route({
      method: 'GET',
      path: '/healthz',
      name: 'isAlive',
      who: 'anyone',
      kind: 'api',
      summary: 'Answers as long as the process runs.',
      answers: { 200: { description: 'Alive.', schema: z.strictObject({ status: z.literal('ok') }) } },
      handle: () => json(200, { status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      name: 'isReady',
      who: 'anyone',
      kind: 'api',
      summary: 'Answers 200 when the database does, 503 otherwise.',
      answers: { 200: { description: 'Ready.', schema: z.strictObject({ status: z.literal('ready') }) } },
      handle: async () => {
        await demandDatabase(app)
        return json(200, { status: 'ready' })
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      name: 'printMetrics',
      who: 'operations',
      kind: 'api',
      summary: 'Metrics as Prometheus reads them.',
      answers: { 200: { description: 'Prometheus text.', type: 'text/plain' } },
      handle: async () => {
        const { type, text } = await metrics.print()
        return reply(200, type, text)
      },
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      name: 'describeApi',
      who: 'anyone',
      kind: 'api',
      summary: 'This document.',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
      handle: () => {
        printed ??= JSON.stringify(document())
        return reply(200, 'application/json', printed)
      },
    }),
  ]
}

/** Throws AppError `unavailable` when the database does not answer in time or at all. */
async function demandDatabase(app: Pick<App, 'changes'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), databaseAnswersWithinMs)
  })
  try {
    await Promise.race([app.changes.latestRevision(), late])
  } catch (cause) {
    throw new AppError('unavailable', 'The database does not answer. Try again in a few seconds.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
