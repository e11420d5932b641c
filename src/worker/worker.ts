import type { App } from '../domain/app.ts'
import { type ClaimedJob, retryPauseMs } from '../domain/jobs.ts'
import { type AttemptOptions, attempt } from './attempt.ts'
import { RecurringJobs } from './recurring.ts'
import { systemTimers } from './timers.ts'

export interface WorkerOptions extends Pick<AttemptOptions, 'run'>, Partial<Omit<AttemptOptions, 'run'>> {
  /** Names this process in `leased_by`. */
  readonly name: string
  /** Jobs at a time [32]. They mostly wait for mail servers, and what ends together is written down in one commit. */
  readonly concurrency?: number
  /** How long a job stays ours without a sign of life [20,000]. */
  readonly leaseMs?: number
  /** How often we give one [5,000]. */
  readonly heartbeatMs?: number
  /** How often we look for what other processes enqueued [1,000]. */
  readonly pollMs?: number
  /** How long `close` waits for jobs under way [20,000]. */
  readonly drainMs?: number
}

type Parts = Pick<App, 'clock' | 'database' | 'jobs' | 'log'>

const FAILED_LOOK_MS_MAX = 30_000

/**
 * Works off the queue. Several processes may: each job is leased to one of them, and a job whose process died goes to
 * another when the lease is over. Looks at once when poked, else every `pollMs`.
 */
export class Worker {
  readonly #app: Parts
  readonly #options: Required<WorkerOptions>
  readonly #recurring: RecurringJobs
  readonly #active = new Map<number, ClaimedJob>()
  readonly #running = new Set<Promise<void>>()
  #looking: Promise<void> | undefined
  #lookAgain = false
  #failedLooks = 0
  #cancelLook = () => {}
  #cancelHeartbeat: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** Starts looking at once. */
  constructor(app: Parts, options: WorkerOptions) {
    this.#app = app
    this.#options = {
      concurrency: 32,
      leaseMs: 20_000,
      heartbeatMs: 5_000,
      pollMs: 1_000,
      runMsMax: 300_000,
      drainMs: 20_000,
      timers: systemTimers,
      random: Math.random,
      ...options,
    }
    this.#recurring = new RecurringJobs(app)
    this.poke()
  }

  /** Something may be due. Costs nothing while every place is taken. */
  poke(): void {
    if (this.#closing !== undefined || this.#free() <= 0) return
    if (this.#looking !== undefined) {
      this.#lookAgain = true
      return
    }
    this.#cancelLook()
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      if (!this.#lookAgain) return
      this.#lookAgain = false
      this.poke()
    })
  }

  /** Takes nothing new and waits for the jobs under way; one that takes too long is left to its lease. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  #free(): number {
    return this.#options.concurrency - this.#active.size
  }

  /** One look into the queue: a read, and a write only when something is due. Never rejects. */
  async #look(): Promise<void> {
    const { jobs, clock, log } = this.#app
    const { name, leaseMs, pollMs } = this.#options
    try {
      await this.#recurring.enqueueDue()
      const due = await jobs.nextDueAt()
      const wait = due === undefined ? pollMs : due - clock.now()
      if (wait > 0) this.#lookAfter(Math.min(wait, pollMs))
      else {
        const claimed = await jobs.claim(name, leaseMs, this.#free())
        for (const job of claimed) this.#start(job)
        // Every job that ends looks again; only an empty hand has to wait.
        this.#lookAfter(pollMs)
      }
      this.#failedLooks = 0
    } catch (error) {
      this.#failedLooks += 1
      const pause = Math.min(FAILED_LOOK_MS_MAX, retryPauseMs(this.#failedLooks, this.#options.random()))
      log.warn({ err: error, pause_ms: pause }, 'the job queue cannot be read')
      this.#lookAfter(pause)
    }
  }

  #lookAfter(ms: number): void {
    this.#cancelLook()
    if (this.#closing === undefined) this.#cancelLook = this.#options.timers.after(ms, () => this.poke())
  }

  #start(job: ClaimedJob): void {
    this.#active.set(job.id, job)
    this.#cancelHeartbeat ??= this.#options.timers.after(this.#options.heartbeatMs, () => this.#beat())
    const running = this.#work(job).finally(() => {
      this.#running.delete(running)
      if (this.#active.get(job.id) === job) this.#active.delete(job.id)
      if (this.#active.size === 0) this.#stopHeartbeat()
      this.poke()
    })
    this.#running.add(running)
  }

  /** Runs a job and writes down what became of it. Never rejects: what cannot be written is left to the lease. */
  async #work(job: ClaimedJob): Promise<void> {
    const { log } = this.#app
    const about = { job_id: job.id, job: job.name, attempt: job.attempts }
    try {
      const held = await attempt(this.#app, job, this.#options)
      if (!held) log.warn(about, 'a job ended after its lease was over; another worker has it')
    } catch (error) {
      log.error(
        { ...about, err: error },
        'what became of a job could not be written; it runs again when its lease is over',
      )
    }
  }

  #stopHeartbeat(): void {
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = undefined
  }

  #beat(): void {
    void this.#prolong([...this.#active.values()])
    this.#cancelHeartbeat = this.#options.timers.after(this.#options.heartbeatMs, () => this.#beat())
  }

  /** Never rejects: the next heartbeat comes before the lease is over. */
  async #prolong(active: readonly ClaimedJob[]): Promise<void> {
    const { jobs, log } = this.#app
    try {
      const ours = await jobs.heartbeat(active, this.#options.leaseMs)
      const lost = active.filter((job) => !ours.has(job.id) && this.#active.get(job.id) === job)
      for (const job of lost)
        log.warn({ job_id: job.id, job: job.name }, 'the lease of a running job was lost')
    } catch (error) {
      log.warn({ err: error }, 'the leases of running jobs could not be prolonged')
    }
  }

  async #drain(): Promise<void> {
    const { timers, drainMs } = this.#options
    this.#cancelLook()
    await this.#looking
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = timers.after(drainMs, resolve)
    })
    await Promise.race([Promise.all(this.#running), late])
    cancel()
    this.#cancelLook()
    this.#stopHeartbeat()
  }
}
