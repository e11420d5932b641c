import { createJobQueries } from '../../../src/database/jobs.ts'
import { openDatabase } from '../../../src/database/open.ts'
import type { Log } from '../../../src/domain/ports.ts'
import { Worker } from '../../../src/worker/worker.ts'

/** Works off mails with a short lease: prints `begun ID ATTEMPT`, and ends a job only when told `finish`. */
const [, , url = '', name = ''] = process.argv
const database = await openDatabase({ url })
const clock = { now: () => Date.now() }
const log: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const finishers: (() => void)[] = []
let finishing = false
process.stdin.on('data', () => {
  finishing = true
  for (const finish of finishers) finish()
})
new Worker(
  { clock, database, jobs: createJobQueries(database, clock), log },
  {
    name,
    leaseMs: 1_500,
    heartbeatMs: 300,
    pollMs: 50,
    run: async (job) => {
      if (job.name !== 'send-mail') return
      process.stdout.write(`begun ${job.id} ${job.attempts}\n`)
      if (finishing) return
      await new Promise<void>((resolve) => finishers.push(resolve))
    },
  },
)
process.stdout.write('ready\n')
