import { createTwilio } from '../../../src/adapters/twilio.ts'
import { openApp } from '../../../src/app.ts'
import { openDatabase } from '../../../src/database/open.ts'
import { runJob } from '../../../src/worker/jobs.ts'
import { Worker } from '../../../src/worker/worker.ts'
import { defaultConfig } from '../../app.ts'
import { createPlaces } from '../../numbers/deaths.ts'
import { fastTime } from '../../numbers/fast-time.ts'

/**
 * A worker as a process, in fast time: `buy-numbers URL TWILIO NAME BEGIN [PLACE]`. It ends itself with SIGKILL at the first such place, for
 * example `after buy`.
 */
const [url = '', apiBase = '', name = '', begin = '', deadly = ''] = process.argv.slice(2)

const accountSid = `AC${'0'.repeat(31)}1`
const authToken = 'sandbox-' + 'token'
const defaults = defaultConfig()
const config = {
  ...defaults,
  numbers: { ...defaults.numbers, grace_days: 0, purchases_per_hour_max: 10_000 },
  twilio: { account_sid: accountSid, api_base: apiBase, toll_free_country: 'US' },
}

const time = fastTime(Number(begin))
const places = createPlaces()
const database = places.database(await openDatabase({ url }))
const telephony = places.telephony(createTwilio({ accountSid, authToken, apiBase, country: 'US' }))
const { app } = await openApp({ config, database, telephony, clock: time })
places.arm((place) => {
  if (place === deadly) process.kill(process.pid, 'SIGKILL')
  return undefined
})
new Worker(app, { name, run: (job) => runJob(app, job), timers: time.timers })
console.log('ready')
