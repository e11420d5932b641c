import { InvalidArgumentError, Option } from 'commander'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { findRunningDev } from '../dev-state.ts'
import type { Io } from '../io.ts'
import { readProject } from '../project.ts'
import type { Report } from '../report.ts'
import { askServer } from '../server-client.ts'
import { advanceTwilio, type CallerOptions, callNumber, disturb, textNumber } from '../twilio-sandbox.ts'

export interface MisbehaveOptions extends GlobalOptions {
  readonly duplicates?: number
  readonly order?: string
  readonly seed?: number
  readonly sameSecond?: boolean
  readonly delay?: number
  readonly drop?: number
  readonly lose?: number
  readonly fail?: number
  readonly times?: number
  readonly for?: number
}

export const defineSandbox: Define = (sandbox, act) => {
  sandbox.addHelpText('after', '\nIt drives the sandbox of the xswarm dev that runs on the same database.')
  sandbox
    .command('advance')
    .summary('let time pass')
    .description(
      'Move the clocks of the sandboxes: renewals, failed payments and ends happen on the way, and the verification of numbers for texts goes on.',
    )
    .argument('<span>', 'such as 31d, 12h, 30m')
    .action((span: string) => act((globals, io) => advance(span, globals, io)))
  sandbox
    .command('misbehave')
    .summary('be as bad as the real world')
    .description("Let Stripe's sandbox misbehave from now on. Without a flag it behaves well again.")
    .option('--duplicates <n>', 'bring every event so many times more', parseCount)
    .addOption(
      new Option('--order <order>', 'of events that are due together').choices(['random', 'created']),
    )
    .option('--seed <n>', 'decides the random order', parseCount)
    .option('--same-second', 'every event claims the same second')
    .option('--delay <ms>', 'bring events later', parseCount)
    .option('--drop <n>', 'never bring the next so many events', parseCount)
    .option('--lose <n>', 'do the next so many requests and cut off the answer', parseCount)
    .option('--fail <status>', 'refuse requests with 429 or 5xx', parseCount)
    .option('--times <n>', 'so many of them', parseCount)
    .option('--for <ms>', 'or for so long', parseCount)
    .action((options: MisbehaveOptions) => act((globals, io) => misbehave({ ...globals, ...options }, io)))
  defineTelephony(sandbox, act)
}

const defineTelephony: Define = (sandbox, act) => {
  sandbox
    .command('call')
    .summary('call a number and hear what it says')
    .description("Call a number of Twilio's sandbox, as a person would, and print what is heard.")
    .argument('<number>')
    .option('--from <number>', 'who calls (default: the phone of the test user)')
    .action((number: string, options: CallerOptions) =>
      act((globals, io) => callNumber(number, { ...globals, ...options }, io)),
    )
  sandbox
    .command('text')
    .summary('text a number')
    .description("Send a text to a number of Twilio's sandbox.")
    .argument('<number>')
    .argument('<words...>')
    .option('--from <number>', 'who writes (default: the phone of the test user)')
    .action((number: string, words: string[], options: CallerOptions) =>
      act((globals, io) => textNumber(number, words, { ...globals, ...options }, io)),
    )
  sandbox
    .command('disturb')
    .summary('let Twilio misbehave')
    .description("Let Twilio's sandbox misbehave until told otherwise: one fault by its name, or `well`.")
    .argument(
      '<fault>',
      'lostAnswers, slow, rateLimit, serverErrors, wrongAuth, stockEmpty, stolen, readLag, duplicateCallbacks, lostCallbacks or well',
    )
    .option('--on <operation>', 'only on this, such as buy or voice')
    .option('--times <n>', 'so often', parseCount)
    .option('--share <part>', 'this share of the requests, from 0 to 1', Number)
    .option('--ms <n>', 'of slow and readLag', parseCount)
    .option('--for-ms <n>', 'for so long', parseCount)
    .option('--status <n>', 'of serverErrors', parseCount)
    .option('--effect <what>', 'done or none; of slow first or late')
    .action((fault: string, options: Record<string, unknown>) =>
      act((globals, io) => disturb(fault, { ...globals, ...options }, io)),
    )
}

/** Moves the sandbox's clock. Throws AppError `conflict` when no dev runs here. */
export async function advance(span: string, globals: GlobalOptions, io: Io): Promise<Report> {
  const done = await control('advance', { by: span }, globals, io)
  const { now } = done as { now: string }
  await advanceTwilio(span, globals, io)
  return { text: `In Stripe's sandbox it is ${now.slice(0, 16).replace('T', ' ')} UTC.`, document: done }
}

/** Replaces what was asked for before. */
export async function misbehave(options: MisbehaveOptions, io: Io): Promise<Report> {
  const { duplicates, order, seed, sameSecond, delay, drop, lose, fail, times, for: forMs } = options
  const failure = fail === undefined ? undefined : { status: fail, count: times, forMs }
  if (failure === undefined && (times ?? forMs) !== undefined)
    throw new AppError('invalid', '--times and --for belong to --fail.')
  const asked = {
    duplicates,
    order,
    seed,
    sameSecond,
    delayMs: delay,
    dropEvents: drop,
    lostAnswers: lose,
    fail: failure,
  }
  const isWell = Object.values(asked).every((value) => value === undefined)
  const done = await control('misbehave', asked, options, io)
  return { text: isWell ? 'It behaves well.' : 'It misbehaves until told otherwise.', document: done }
}

async function control(what: string, body: unknown, globals: GlobalOptions, io: Io): Promise<unknown> {
  const { config } = await readProject(globals, io)
  const stripe = (await findRunningDev(config.database.url))?.stripe
  if (stripe === undefined)
    throw new AppError(
      'conflict',
      "No xswarm dev with Stripe's sandbox runs here. Start one with: xswarm dev",
    )
  const answer = await askServer({ server: stripe.api_base }, `/_sandbox/${what}`, {
    method: 'POST',
    body,
    timeoutMs: 120_000,
  })
  if (answer.status < 400) return answer.body
  const { detail, message } = (answer.body ?? {}) as { detail?: unknown; message?: unknown }
  throw new AppError('invalid', String(detail ?? message ?? `The sandbox answered ${answer.status}.`))
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number.')
}
