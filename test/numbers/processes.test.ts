import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTwilio } from '../../src/adapters/twilio.ts'
import { startTwilioSandbox, type TwilioSandbox } from '../../src/sandbox/twilio/start.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { buildChildren, type Children } from '../database/children.ts'
import { MODES } from '../database/modes.ts'
import { fastTime } from './fast-time.ts'
import { ACCOUNT_SID, AUTH_TOKEN } from './world.ts'

const isLong = process.env.XSWARM_LONG === '1'
const TIME_MS = isLong ? 1_800_000 : 120_000
const PLACES = ['before search', 'before buy', 'after buy', 'after find', 'before release', 'after release']

let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())

interface Company {
  readonly world: TestApp
  readonly sandbox: TwilioSandbox
  readonly begin: number
  /** Answers once everybody has what their tier includes, and nobody is at work any more. */
  settled(): Promise<void>
  expectOneEach(users: number): Promise<void>
}

async function open(url: string): Promise<Company> {
  const begin = Date.now()
  const clock = { ...fastTime(begin), advance: () => undefined }
  const sandbox = await startTwilioSandbox({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, clock })
  const world = await createTestApp({ url, clock })
  const one = async (sql: string) => Number((await world.sql(sql))[0]?.total)
  return {
    world,
    sandbox,
    begin,
    async settled() {
      const open = `SELECT
        (SELECT count(*) FROM users WHERE subscription_tier = 'premium' AND xswarm_phone IS NULL) +
        (SELECT count(*) FROM users WHERE subscription_tier = 'free' AND xswarm_phone IS NOT NULL) +
        (SELECT count(*) FROM numbers WHERE state NOT IN ('active', 'released', 'abandoned')) AS total`
      while ((await one(open)) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    },
    async expectOneEach(users) {
      sandbox.behave()
      const twilio = createTwilio({
        accountSid: ACCOUNT_SID,
        authToken: AUTH_TOKEN,
        apiBase: sandbox.url,
        country: 'US',
      })
      const inventory = (await twilio.list()).map(({ e164, sid, name }) => `${e164} ${sid} ${name}`).sort()
      const ledger = await world.sql(`SELECT e164, sid, tag FROM numbers WHERE state = 'active'`)
      expect(inventory).toEqual(ledger.map(({ e164, sid, tag }) => `${e164} ${sid} ${tag}`).sort())
      expect(inventory).toHaveLength(users)
      expect(
        await one(
          `SELECT count(DISTINCT u.xswarm_phone) AS total FROM users u JOIN numbers n
            ON n.user_id = u.id AND n.e164 = u.xswarm_phone AND n.state = 'active'`,
        ),
      ).toBe(users)
    },
  }
}

async function addUsers({ sql }: TestApp, count: number): Promise<void> {
  await sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO users (id, email, xswarm_email, subscription_tier)
      SELECT 'u' || i, 'u' || i || '@example.com', 'u' || i || '@xswarm.ai', 'premium' FROM n`,
    count,
  )
}

describe.each(MODES)('on $name', ({ name, create }) => {
  const users = isLong && name === 'a libsql-server' ? 1_000 : 12

  test(
    `two worker processes buy ${users} numbers for ${users} users while one answer in five is lost`,
    async () => {
      const place = await create()
      const company = await open(place.url)
      try {
        company.sandbox.misbehave({ lostAnswers: { share: 0.2 } })
        await addUsers(company.world, users)
        const workers = ['one', 'two'].map((worker) =>
          children.start('buy-numbers', place.url, company.sandbox.url, worker, String(company.begin)),
        )
        await company.settled()
        await company.expectOneEach(users)
        await Promise.all(workers.map((worker) => worker.kill('SIGKILL')))
      } finally {
        await company.world.close()
        await company.sandbox.close()
        await place.remove()
      }
    },
    TIME_MS,
  )
})

describe('a worker process killed', () => {
  const [file] = MODES
  test.each(isLong ? PLACES : ['after buy', 'after release'])(
    '%s leaves nothing bought twice or for nobody',
    async (deadly) => {
      if (file === undefined) throw new Error('there is no mode')
      const place = await file.create()
      const company = await open(place.url)
      try {
        // For a release somebody must have had a number; for a purchase a lost answer makes somebody look.
        company.sandbox.misbehave({ lostAnswers: { on: 'buy', times: 1 } })
        await addUsers(company.world, 3)
        const start = (deadly?: string) =>
          children.start(
            'buy-numbers',
            place.url,
            company.sandbox.url,
            'worker',
            String(company.begin),
            ...(deadly ? [deadly] : []),
          )
        const before = start()
        await company.settled()
        await before.kill('SIGKILL')
        await company.world.sql(`UPDATE users SET subscription_tier = 'free' WHERE id = 'u1'`)
        await addMore(company.world)
        // It dies, and another one takes over: over and over, until everything is done.
        const doomed = start(deadly)
        await doomed.ended().catch(() => undefined)
        const heir = start()
        await company.settled()
        await company.expectOneEach(3)
        await heir.kill('SIGKILL')
      } finally {
        await company.world.close()
        await company.sandbox.close()
        await place.remove()
      }
    },
    TIME_MS,
  )
})

async function addMore({ sql }: TestApp): Promise<void> {
  await sql(`INSERT INTO users (id, email, xswarm_email, subscription_tier)
    VALUES ('late', 'late@example.com', 'late@xswarm.ai', 'premium')`)
}
