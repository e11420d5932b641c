import type { Address } from '../domain/addresses.ts'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import { addressesFor, type NewUser, parseNewUser, rowOf } from '../domain/new-users.ts'
import { type OldUser, readOldDocument, type SecretKindOf } from '../domain/old-documents.ts'
import type { WriteOutcome } from '../domain/ports.ts'
import { conflictOver, takenBy, unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { lookalikeOf } from '../domain/reserved-addresses.ts'
import type { User } from '../domain/users.ts'

/** One old file, read and parsed by the caller. */
export interface OldDocument {
  /** What the report calls it: the path of the file. */
  readonly source: string
  readonly content: unknown
}

export interface ImportResult {
  readonly source: string
  /** `unchanged`: the user is there already, as the document has them. */
  readonly result: 'created' | 'unchanged' | 'refused'
  /** Why it was refused, as a sentence without any value of the document. */
  readonly reason?: string
  readonly email?: string
  readonly user_id?: string
  readonly xswarm_email?: string
  /** Keys of the document that mean nothing to us. */
  readonly ignored: readonly string[]
  /** Keys of the document that hold a secret and were left out. */
  readonly secrets: readonly string[]
}

export interface ImportOptions {
  /** Says what would happen and writes nothing. */
  readonly dryRun?: boolean
  /** Recognises secrets, so that none of them is imported or shown. */
  readonly secretKindOf: SecretKindOf
  /** Told of each document as soon as it is done, in no particular order. */
  readonly onResult?: (result: ImportResult) => void
}

type Parts = Pick<App, 'config' | 'personas' | 'database' | 'users' | 'ids'>
type Verdict = Omit<ImportResult, 'source' | 'ignored' | 'secrets'>
interface Run {
  readonly app: Parts
  readonly options: ImportOptions
  /** What a dry run would have written, by email: later documents meet it as they would meet the database. */
  readonly planned: Map<string, Row>
  /** The addresses, as they look, and the numbers that a dry run would have given out. */
  readonly takenAddresses: Set<string>
  readonly takenNumbers: Set<string>
}
type Row = Omit<User, 'created_at'>

/** Documents on their way at once: the database makes one commit of as many as wait for it. */
const AT_ONCE = 64

/**
 * Takes old per-user documents over, each for itself: a bad one stops no other, and a second run changes nothing.
 * Who is in the database already stays as they are there; a document that says otherwise is refused.
 * `documents` may be a generator, so that thousands of files need not be in memory together; results come in its
 * order. Throws only when the database is away (`unavailable`, `unknown-outcome`): running it again continues.
 */
export async function importUsers(
  app: Parts,
  documents: Iterable<OldDocument>,
  options: ImportOptions,
): Promise<readonly ImportResult[]> {
  const run: Run = { app, options, planned: new Map(), takenAddresses: new Set(), takenNumbers: new Set() }
  const results: ImportResult[] = []
  const queue = documents[Symbol.iterator]()
  let position = 0
  let hasFailed = false
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && !hasFailed; next = queue.next()) {
      const index = position++
      const result = await importOne(run, next.value).catch((error: unknown) => {
        hasFailed = true
        throw error
      })
      results[index] = result
      options.onResult?.(result)
    }
  }
  // A dry run remembers what it planned, and so has to take one document after the other.
  const ends = await Promise.allSettled(Array.from({ length: options.dryRun === true ? 1 : AT_ONCE }, work))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return results
}

async function importOne(run: Run, { source, content }: OldDocument): Promise<ImportResult> {
  const old = readOldDocument(content, run.options.secretKindOf)
  const verdict = old.fault === undefined ? await judge(run, old) : refuse(old.fault)
  return { source, ...verdict, ignored: old.ignored, secrets: old.secrets }
}

async function judge(run: Run, old: OldUser): Promise<Verdict> {
  try {
    const wanted = parseNewUser(old.fields, run.app.personas, run.app.config.email.domain)
    const existing = await findExisting(run, wanted.email)
    if (existing !== undefined) return compare(wanted, existing, old)
    return await create(run, wanted, old)
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error
    return refuse(error.message)
  }
}

/** What is wrong with one document. Everything else is wrong with the database, and ends the import. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'email-taken', 'conflict', 'address-unavailable'])

async function create(run: Run, wanted: NewUser, old: OldUser): Promise<Verdict> {
  const { app } = run
  const id = app.ids.uuid()
  for (const address of addressesFor(wanted, app.config.email.domain, app.personas, app.ids)) {
    const user = rowOf(wanted, id, address)
    const outcome = await write(run, user, address)
    if (outcome === 'done')
      return { result: 'created', email: user.email, user_id: id, xswarm_email: user.xswarm_email }
    // Another document of the same person was faster.
    const existing = await findExisting(run, wanted.email)
    if (existing !== undefined) return compare(wanted, existing, old)
    if (outcome !== 'xswarm_email' || wanted.address !== undefined) throw conflictOver(outcome)
  }
  throw new AppError('address-unavailable', 'No free address was found.')
}

/** `done`, or what was taken. A dry run does it and takes it back, so that the database itself is the judge. */
async function write(
  run: Run,
  user: Row,
  address: Address,
): Promise<'done' | NonNullable<ReturnType<typeof takenBy>>> {
  const { app, options } = run
  const statements = [app.users.claimAddress({ ...address, user_id: user.id }), app.users.insert(user)]
  if (options.dryRun === true) statements.push(app.users.expectRevision(user.id, -1))
  const outcome = await app.database.write({ opId: `import-${user.id}`, statements })
  if (outcome.outcome === 'done') return 'done'
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome('Run the import again: it goes on where it stopped.', outcome.cause)
  }
  if (isTakenBack(outcome, statements.length)) {
    return plan(run, user)
  }
  const taken = takenBy(outcome.refusal)
  if (taken === undefined) throw unexpectedRefusal(outcome.statement, outcome.refusal)
  return taken
}

function isTakenBack(outcome: WriteOutcome, length: number): boolean {
  return outcome.outcome === 'refused' && outcome.refusal.kind === 'rows' && outcome.statement === length - 1
}

/** Remembers a user that the database would have taken, unless another document wanted the same first. */
function plan(run: Run, user: Row): 'done' | 'xswarm_email' | 'xswarm_phone' {
  const look = lookalikeOf(user.xswarm_email)
  if (run.takenAddresses.has(look)) return 'xswarm_email'
  if (user.xswarm_phone !== null && run.takenNumbers.has(user.xswarm_phone)) return 'xswarm_phone'
  run.planned.set(user.email, user)
  run.takenAddresses.add(look)
  if (user.xswarm_phone !== null) run.takenNumbers.add(user.xswarm_phone)
  return 'done'
}

async function findExisting(run: Run, email: string): Promise<Row | undefined> {
  return run.planned.get(email) ?? (await run.app.users.findByEmail(email))
}

/** Only what the document says is compared; what it leaves open may be anything. */
function compare(wanted: NewUser, existing: Row, old: OldUser): Verdict {
  const row =
    wanted.address === undefined
      ? { ...wanted, xswarm_email: '' }
      : rowOf(wanted, existing.id, wanted.address)
  const stated = COMPARED.filter((column) => old.fields[column] !== undefined)
  const differing = stated.filter((column) => row[column] !== existing[column])
  const who = { email: existing.email, user_id: existing.id, xswarm_email: existing.xswarm_email }
  if (differing.length === 0) return { result: 'unchanged', ...who }
  const columns = differing.join(', ')
  return { ...refuse(`This user is in the database with another ${columns}; the database wins.`), ...who }
}

const COMPARED = [
  'phone',
  'xswarm_email',
  'xswarm_phone',
  'subscription_tier',
  'persona',
  'wake_word',
  'stripe_customer_id',
  'stripe_subscription_id',
] as const satisfies readonly (keyof Row)[]

function refuse(reason: string): Verdict {
  return { result: 'refused', reason }
}
