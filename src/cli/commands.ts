import type { Command } from 'commander'
import type { Io } from './io.ts'
import type { Report } from './report.ts'

/** The flags every command takes. */
export interface GlobalOptions {
  /** `--config PATH`: the project's config.toml. */
  readonly config?: string
}

export type Run = (globals: GlobalOptions, io: Io) => Promise<Report | undefined>

/** Runs what a command line asked for and reports it. */
export type Act = (run: Run) => Promise<void>

/**
 * Adds a command's options and arguments to `command`. Its action calls `act` with what is to be run; nothing of
 * weight is imported before that.
 */
export type Define = (command: Command, act: Act) => void

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Define>
}

/** Every command there is. `--help` prints this table without loading one of them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'dev',
    summary: 'run everything on this machine, as the test user of config.toml',
    load: async () => (await import('./commands/dev.ts')).defineDev,
  },
  {
    name: 'serve',
    summary: 'run the service as configured',
    load: async () => (await import('./commands/serve.ts')).defineServe,
  },
  {
    name: 'test',
    summary: 'check a user from end to end, one line per check',
    load: async () => (await import('./commands/test.ts')).defineTest,
  },
  {
    name: 'config',
    summary: "a user's settings: list, get, set, undo, watch",
    load: async () => (await import('./commands/config.ts')).defineConfig,
  },
  {
    name: 'login',
    summary: 'sign this device in to a server',
    load: async () => (await import('./commands/login.ts')).defineLogin,
  },
  {
    name: 'logout',
    summary: 'sign this device out again',
    load: async () => (await import('./commands/logout.ts')).defineLogout,
  },
  {
    name: 'whoami',
    summary: 'who the commands act as, and where',
    load: async () => (await import('./commands/whoami.ts')).defineWhoami,
  },
  {
    name: 'subscribe',
    summary: 'the page where you pay for a tier',
    load: async () => (await import('./commands/subscribe.ts')).defineSubscribe,
  },
  {
    name: 'subscription',
    summary: 'your subscription: status, usage, manage, cancel, resume',
    load: async () => (await import('./commands/subscription.ts')).defineSubscription,
  },
  {
    name: 'users',
    summary: 'users in the database: list, show, create, set-tier, export, delete',
    load: async () => (await import('./commands/users.ts')).defineUsers,
  },
  {
    name: 'numbers',
    summary: 'the ledger of numbers: list, provision, release',
    load: async () => (await import('./commands/numbers.ts')).defineNumbers,
  },
  {
    name: 'audit',
    summary: 'compare entitlement, our ledger and Twilio, and repair',
    load: async () => (await import('./commands/audit.ts')).defineAudit,
  },
  {
    name: 'jobs',
    summary: 'the durable work queue: list, retry',
    load: async () => (await import('./commands/jobs.ts')).defineJobs,
  },
  {
    name: 'db',
    summary: 'the database: migrate, status, backup, restore, shell',
    load: async () => (await import('./commands/db.ts')).defineDb,
  },
  {
    name: 'import',
    summary: 'bring old per-user config.toml files into the database',
    load: async () => (await import('./commands/import.ts')).defineImport,
  },
  {
    name: 'stripe',
    summary: 'the Stripe account: setup',
    load: async () => (await import('./commands/stripe.ts')).defineStripe,
  },
  {
    name: 'sandbox',
    summary: 'the vendors that a running dev brings: call, text, advance, misbehave, disturb',
    load: async () => (await import('./commands/sandbox.ts')).defineSandbox,
  },
  {
    name: 'doctor',
    summary: 'check config, secrets, git hygiene and the database',
    load: async () => (await import('./commands/doctor.ts')).defineDoctor,
  },
  {
    name: 'init',
    summary: 'write config.toml, .env.example and the .gitignore lines here',
    load: async () => (await import('./commands/init.ts')).defineInit,
  },
  {
    name: 'completion',
    summary: 'print the completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).defineCompletion,
  },
]
