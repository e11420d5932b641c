import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { emailOTP } from 'better-auth/plugins/email-otp'
import { SqliteDialect } from 'kysely'
import Libsql from 'libsql'
import { createApp } from '../../dist/app.js'
import { projectConfig } from '../config.mjs'
import { row } from '../report.mjs'
import { makeDatabase } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const USERS = 2_000
const IN_FLIGHT = 16
const OUR_URL = 'http://localhost:8787'
const emailOf = (n) => `someone${n}@example.com`

/**
 * Signing in by mailed code: ask for the code, take it from the mail, send it back. Both in this process without a socket, both
 * on libSQL files with synchronous=FULL, for users who have signed in before. Ours renders the mail in its worker and
 * has its log and limits off, as better-auth does here; a mail costs better-auth nothing.
 */
export async function measure({ folder, quick, progress }) {
  const seconds = quick ? 1 : 4
  const ours = await openOurs(join(folder, 'sign-in.db'))
  const theirs = await openTheirs(join(folder, 'better-auth.db'))
  try {
    const cases = { xswarm: () => signInFor(seconds, ours), 'better-auth': () => signInFor(seconds, theirs) }
    for (const [name, once] of Object.entries(cases)) {
      progress(`warming up ${name}`)
      await once()
    }
    const measured = await interleave(quick ? 2 : 5, cases, progress)
    return [
      row({
        name: "sign-in by code / better-auth's email OTP",
        value: median(measured.xswarm),
        unit: '/s',
        ratio: medianRatio(measured.xswarm, measured['better-auth']),
        bar: { min: 20 },
        note: `${median(measured['better-auth']).toFixed(1)}/s`,
      }),
    ]
  } finally {
    await ours.close()
    await theirs.close()
  }
}

/** How many sign-ins per second, so many at a time, everybody in turn. */
async function signInFor(seconds, { signIn }) {
  const start = performance.now()
  let next = 0
  let done = 0
  const person = async () => {
    while (performance.now() - start < seconds * 1000) {
      await signIn(emailOf(next++ % USERS))
      done++
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, person))
  return (done / (performance.now() - start)) * 1000
}

async function openOurs(path) {
  await makeDatabase(path)
  const file = new Libsql(path)
  const insert = file.prepare('INSERT INTO users (id, email, xswarm_email) VALUES (?, ?, ?)')
  for (let n = 0; n < USERS; n++) insert.run([`user-${n}`, emailOf(n), `someone${n}@xswarm.ai`])
  file.close()
  const codes = createLetterbox()
  const mailer = {
    send: async ({ to, text }) => codes.put(to, text.match(/\b\d{6}\b/)?.[0]),
    close: async () => {},
  }
  const config = await projectConfig({ database: { url: `file:${path}` } })
  const service = await createApp({ config, mailer, migrate: false })
  const worker = await service.startWorker()
  const post = postTo((request) => service.fetch(request), OUR_URL)
  return {
    async signIn(email) {
      const mail = codes.next(email)
      const { request } = await post('/api/auth/code', { email }, 202)
      await post('/api/auth/session', { email, code: await mail, request }, 201)
    },
    async close() {
      await worker.close()
      await service.close()
    },
  }
}

async function openTheirs(path) {
  const database = new Libsql(path)
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
  const codes = createLetterbox()
  const options = {
    baseURL: OUR_URL,
    secret: randomBytes(32).toString('hex'),
    database: { dialect: new SqliteDialect({ database }), type: 'sqlite' },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
    plugins: [emailOTP({ sendVerificationOTP: async ({ email, otp }) => codes.put(email, otp) })],
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  const post = postTo((request) => auth.handler(request), OUR_URL)
  const signIn = async (email) => {
    const mail = codes.next(email)
    await post('/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' }, 200)
    await post('/api/auth/sign-in/email-otp', { email, otp: await mail }, 200)
  }
  // Its first sign-in makes the user, which costs more than what is compared.
  for (let n = 0; n < USERS; n++) await signIn(emailOf(n))
  return { signIn, close: async () => database.close() }
}

function postTo(handle, origin) {
  return async (path, body, status) => {
    const headers = { 'content-type': 'application/json', origin }
    const response = await handle(
      new Request(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    )
    const answer = await response.json()
    if (response.status !== status) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
}

/** Where the codes arrive: whoever waits for one to an address gets the next one that comes there. */
function createLetterbox() {
  const waiting = new Map()
  return {
    next: (email) => new Promise((resolve) => waiting.set(email, resolve)),
    put(email, code) {
      waiting.get(email)?.(code)
      waiting.delete(email)
    },
  }
}
