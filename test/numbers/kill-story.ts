import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepNumbers } from '../../src/actions/sweep-numbers.ts'
import { openDatabase } from '../../src/database/open.ts'
import type { App } from '../../src/domain/app.ts'
import type { Telephony } from '../../src/domain/telephony.ts'
import type { Misbehaviour } from '../../src/sandbox/twilio/misbehaviour.ts'
import { defaultConfig } from '../app.ts'
import { createPlaces, createSleep, type Places } from './deaths.ts'
import { createNumberWorld, MINUTE_MS, type NumberWorld, runOnce } from './world.ts'

/** What is done wrong on purpose, to see the test go red. */
export interface Sabotage {
  readonly telephony?: (real: Telephony) => Telephony
  readonly app?: (real: App) => App
  /** Takes jobs that another worker holds. */
  readonly ignoresLeases?: true
}

export interface Story {
  readonly misbehaviour?: Misbehaviour
  readonly sabotage?: Sabotage
  /** The worker stops at this place, counted from 1: for ever, or until another has done (or begun) its work. */
  readonly stopAt?: number
  readonly stop?: 'killed' | 'asleep'
  /** The first one wakes up when the second has come to this place; without it when the second is done. */
  readonly wakeAt?: number
}

export interface Ending {
  /** Places that the first worker passed. */
  readonly places: readonly string[]
  /** What is wrong, in words; empty when everything is as it should be. */
  readonly faults: readonly string[]
}

let template: { readonly folder: string; readonly path: string } | undefined

/** A migrated database to copy: a story then begins within milliseconds. */
export async function prepareTemplate(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-kill-'))
  const path = join(folder, 'template.db')
  const database = await openDatabase({ url: `file:${path}`, migrate: true })
  await database.close()
  template = { folder, path }
  return () => rmSync(folder, { recursive: true, force: true })
}

const QUIET_MS = 3 * 60 * MINUTE_MS

/**
 * Two people with premium, one of whom cancels and comes back while everything is under way: a worker that stops at one
 * place, and another that goes on. At the end each must have exactly one number, and Twilio no other.
 */
export async function tell(story: Story): Promise<Ending> {
  if (template === undefined) throw new Error('prepareTemplate() comes first')
  const folder = mkdtempSync(join(template.folder, 'story-'))
  const path = join(folder, 'story.db')
  copyFileSync(template.path, path)
  const [places, others] = [createPlaces(), createPlaces()]
  const config = { numbers: { ...defaultConfig().numbers, grace_days: 0, purchases_per_user_max: 5 } }
  const { sabotage = {} } = story
  const timeouts = story.misbehaviour?.slow === undefined ? {} : { twilioTimeoutMs: 250 }
  const open = (own: Places, shared: Partial<Pick<NumberWorld, 'sandbox' | 'clock'>> = {}) =>
    createNumberWorld({
      url: `file:${path}`,
      config,
      between: own.database,
      betweenTwilio: (real) => own.telephony(sabotage.telephony?.(real) ?? real),
      ...timeouts,
      ...shared,
    })
  const first = await open(places)
  const second = await open(others, { sandbox: first.sandbox, clock: first.clock })
  try {
    await first.addUser('alice')
    await first.addUser('bob')
    if (story.misbehaviour !== undefined) first.sandbox.misbehave(story.misbehaviour)
    await actOut(story, { world: first, places }, { world: second, places: others })
    return { places: places.passed, faults: await faultsOf(second) }
  } finally {
    await second.close()
    await first.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Worker {
  readonly world: NumberWorld
  readonly places: Places
}

async function actOut(story: Story, first: Worker, second: Worker): Promise<void> {
  const sleep = createSleep()
  // They do what they do at their own door, where nobody dies.
  const people = peopleOf(second.world)
  first.places.arm((_, index) => (index === story.stopAt ? sleep.fall() : undefined))
  const life = live(first.world, story.sabotage ?? {}, people)
  const ended = await Promise.race([life.then(() => 'done'), sleep.fallen.then(() => 'stopped')])
  first.places.disarm()
  const { clock } = first.world
  if (ended === 'stopped') {
    if (story.sabotage?.ignoresLeases !== true) clock.advance(20_001)
    if (story.stop === 'asleep' && story.wakeAt !== undefined) {
      second.places.arm(async (_, index) => {
        if (index !== story.wakeAt) return
        sleep.wake()
        await life
      })
    }
    await live(second.world, story.sabotage ?? {}, people)
    second.places.disarm()
    if (story.stop === 'asleep') {
      sleep.wake()
      await life
    }
  }
  // Whatever is still open is taken up by the sweep of every minute. The audit, which would find a leak, does not run.
  for (let minute = 0; minute < 3; minute++) {
    await second.world.sweep(MINUTE_MS)
  }
  await second.world.sweep(QUIET_MS)
}

/** What people do, one after the other, whichever worker is alive then. */
type People = (() => Promise<void>)[]

function peopleOf({ setTier, clock }: NumberWorld): People {
  return [
    async () => setTier('alice', 'free'),
    async () => clock.advance(1),
    async () => setTier('alice', 'premium'),
  ]
}

/** A worker goes through the rest of the story: the sweep, its jobs, and then people do the next thing. */
async function live(world: NumberWorld, sabotage: Sabotage, people: People): Promise<void> {
  const app = sabotage.app?.(world.app) ?? world.app
  for (;;) {
    await sweepNumbers(app)
    await workAs(world, app, sabotage)
    const next = people.shift()
    if (next === undefined) return
    await next()
  }
}

/** A worker that looks for what is due now, one job after the other. */
async function workAs({ clock }: NumberWorld, app: App, { ignoresLeases }: Sabotage): Promise<void> {
  for (;;) {
    if (ignoresLeases === true)
      await app.database.write({
        statements: [{ sql: `UPDATE jobs SET lease_until = 0 WHERE state = 'running'`, args: [] }],
      })
    const [job] = await app.jobs.claim('worker', 20_000, 1)
    if (job === undefined) return
    await runOnce(app, job)
    clock.advance(1)
  }
}

/** Exactly one number for everybody who pays, nothing leaked, ledger = inventory. */
async function faultsOf(world: NumberWorld): Promise<string[]> {
  world.sandbox.behave()
  const faults: string[] = []
  const ledger = await world.ledger()
  const inventory = new Map((await world.twilio.list()).map((number) => [number.sid, number]))
  for (const user of ['alice', 'bob']) {
    const mine = ledger.filter(({ user_id, state }) => user_id === user && state === 'active')
    const number = await world.numberOf(user)
    if (mine.length !== 1) faults.push(`${user} has ${mine.length} numbers`)
    if (number === null || mine[0]?.e164 !== number) faults.push(`${user}: the ledger and the user differ`)
  }
  const active = ledger.filter(({ state }) => state === 'active')
  for (const { sid, e164, tag } of active) {
    const found = inventory.get(sid ?? '')
    if (found?.e164 !== e164 || found?.name !== tag) faults.push(`${e164} is in the ledger and not at Twilio`)
    inventory.delete(sid ?? '')
  }
  for (const { e164 } of inventory.values()) faults.push(`${e164} is paid for and nobody's`)
  for (const { state, last_error } of ledger)
    if (state === 'wanted' || state === 'buying' || state === 'releasing')
      faults.push(`an entry is still ${state}: ${last_error}`)
  const failed = await world.app.jobs.list({ state: 'failed', limit: 10 })
  for (const { name, last_error } of failed) faults.push(`the job ${name} was given up: ${last_error}`)
  return faults
}
