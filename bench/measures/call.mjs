import { createHmac } from 'node:crypto'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { createNumbers, numberAt, seedUsers } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const CALLS = 10_000
const RATE = 500
const PATH = '/webhooks/twilio/voice'
const PUBLIC_URL = 'https://calls.example'
const ACCOUNT_SID = `AC${'b'.repeat(32)}`
const AUTH_TOKEN = 'bench-token'

/**
 * POST /webhooks/twilio/voice over HTTP: signature, lookup among many numbers, TwiML; other numbers each time, beside a
 * hello. Then 500 calls a second.
 */
export async function measure(bench) {
  const { folder, quick, load, progress } = bench
  const users = quick ? 100_000 : 1_000_000
  const seconds = quick ? 1 : 4
  const path = await seedUsers(bench, users)
  const file = join(folder, 'calls.txt')
  const random = createNumbers(11)
  // One user in five has a number.
  const lines = Array.from({ length: CALLS }, () => signedCall(numberAt(5 * random(users / 5))))
  writeFileSync(file, `${lines.join('\n')}\n`)
  const log = join(folder, 'call.log')
  closeSync(openSync(log, 'w'))
  const config = {
    server: { public_url: PUBLIC_URL },
    twilio: { account_sid: ACCOUNT_SID, api_base: 'http://127.0.0.1:9', toll_free_country: 'US' },
    assistant: { stream_url: 'wss://assistant.example/stream' },
  }
  const server = await startChild(
    'server',
    { path, config, secrets: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } },
    { log },
  )
  const hello = await startChild('hello', {})
  const call = async (more = {}) => {
    const request = { url: `${server.ready.url}${PATH}`, kind: 'signed', argument: file, seconds, ...more }
    const result = await load.run(request)
    if (result.refused > 0) throw new Error(`${result.refused} calls were refused`)
    return result
  }
  progress('warming up')
  await call({ seconds: quick ? 1 : 3 })
  const measured = await interleave(
    quick ? 3 : 7,
    { call: () => call(), hello: () => load.run({ url: hello.ready.url, kind: 'get', seconds }) },
    progress,
  )
  const paced = []
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    progress(`${RATE} a second, round ${round + 1}`)
    paced.push(await call({ rate: RATE, connections: 16, seconds: quick ? 2 : 8 }))
  }
  await server.stop()
  await hello.stop()
  const speed = (name) => measured[name].map(({ perSecond }) => perSecond)
  return [
    row({
      name: `POST ${PATH}, ${users.toLocaleString('en-US')} users / node:http hello`,
      value: median(speed('call')),
      unit: '/s',
      ratio: medianRatio(speed('call'), speed('hello')),
      bar: { min: 0.25 },
      note: `${Math.round(median(speed('hello')))}/s`,
    }),
    row({
      name: `the same at ${RATE} calls a second, p99`,
      value: median(paced.map(({ p99 }) => p99)),
      unit: 'ms',
      bar: { max: 25 },
      note: `${Math.round(median(paced.map(({ perSecond }) => perSecond)))}/s done`,
    }),
  ]
}

/** A line for the load program: signature and form, as Twilio sends them. */
function signedCall(to) {
  const fields = {
    AccountSid: ACCOUNT_SID,
    ApiVersion: '2010-04-01',
    CallSid: `CA${'c'.repeat(32)}`,
    CallStatus: 'ringing',
    Called: to,
    CalledCountry: 'US',
    Caller: '+15551234567',
    Direction: 'inbound',
    From: '+15551234567',
    FromCountry: 'US',
    To: to,
    ToCountry: 'US',
  }
  const names = Object.keys(fields).sort()
  const text = `${PUBLIC_URL}${PATH}${names.map((name) => name + fields[name]).join('')}`
  const signature = createHmac('sha1', AUTH_TOKEN).update(text).digest('base64')
  return `${signature} ${new URLSearchParams(fields)}`
}
