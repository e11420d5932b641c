import { closeSync, openSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import Libsql from 'libsql'
import { startChild } from '../children.mjs'
import { createLetterbox } from '../postman.mjs'
import { row } from '../report.mjs'
import { makeDatabase } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const USERS = 2_000
const IN_FLIGHT = 64
const emailOf = (n) => `someone${n}@example.com`

/**
 * Signing in by mailed code over HTTP: ask for the code, take it from the mail, send it back. Beside it the same with
 * better-auth. Both on libSQL files with synchronous=FULL, for users who have signed in before. Ours writes its log, and its
 * worker renders the mail; to better-auth a mail costs nothing.
 */
export async function measure({ folder, quick, progress }) {
  const seconds = quick ? 1 : 5
  const ours = await openOurs(folder)
  const theirs = await openTheirs(folder, progress)
  const cases = { xswarm: () => signInFor(seconds, ours), 'better-auth': () => signInFor(seconds, theirs) }
  for (const [name, once] of Object.entries(cases)) {
    progress(`warming up ${name}`)
    await once()
  }
  const measured = await interleave(quick ? 2 : 5, cases, progress)
  await ours.close()
  await theirs.close()
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

async function openOurs(folder) {
  const path = join(folder, 'sign-in.db')
  await makeDatabase(path)
  const file = new Libsql(path)
  const insert = file.prepare('INSERT INTO users (id, email, xswarm_email) VALUES (?, ?, ?)')
  for (let n = 0; n < USERS; n++) insert.run([`user-${n}`, emailOf(n), `someone${n}@xswarm.ai`])
  file.close()
  const log = join(folder, 'sign-in.log')
  closeSync(openSync(log, 'w'))
  const server = await startChild('server', { path, worker: true, tellsCodes: true }, { log })
  const { codes, post, close } = connect(server)
  return {
    close,
    async signIn(email) {
      const mail = codes.next(email)
      const { request } = await post('/api/auth/code', { email }, 202)
      await post('/api/auth/session', { email, code: await mail, request }, 201)
    },
  }
}

async function openTheirs(folder, progress) {
  const server = await startChild('better-auth', { path: join(folder, 'better-auth.db') })
  const { codes, post, close } = connect(server)
  const signIn = async (email) => {
    const mail = codes.next(email)
    await post('/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' }, 200)
    await post('/api/auth/sign-in/email-otp', { email, otp: await mail }, 200)
  }
  // Its first sign-in makes the user, which costs more than what is compared.
  progress(`making ${USERS} users of better-auth`)
  for (let n = 0; n < USERS; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => signIn(emailOf(n + i))))
  return { signIn, close }
}

/** A child with its letterbox, and a way to post JSON to it. */
function connect(server) {
  const codes = createLetterbox()
  server.onMessage((message) => message.codes && codes.put(message.codes))
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const { url } = server.ready
  return {
    codes,
    post: (path, body, status) =>
      post({ url: `${url}${path}`, agent, origin: url, body: JSON.stringify(body), status }),
    async close() {
      agent.destroy()
      await server.stop()
    },
  }
}

/** Resolves to the answer, parsed; rejects unless it has the status that was wanted. */
function post({ url, agent, origin, body, status }) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), origin }
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        if (response.statusCode === status) resolve(JSON.parse(text))
        else reject(new Error(`${url}: ${response.statusCode} ${text}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
