// The service as `xswarm serve` composes it, with its log on standard error, and with two things that no config has: the
// grouping of commits can be off, and it tells what it costs.

import { createLog } from '../../dist/adapters/log.js'
import { createApp } from '../../dist/app.js'
import { openDatabase } from '../../dist/database/open.js'
import { startServer } from '../../dist/http/serve.js'
import { projectConfig } from '../config.mjs'
import { createPostman } from '../postman.mjs'

const {
  path,
  grouping = true,
  worker = false,
  tellsCodes = false,
  config: changes = {},
  secrets = {},
} = JSON.parse(process.argv[2])
const config = await projectConfig(changes)
const log = createLog({ destination: 2 })
const database = await openDatabase({ url: `file:${path}`, migrate: true, grouping, log })
const deliver = createPostman()
const mailer = {
  send: async ({ to, text }) => deliver(to, text.match(/\b\d{6}\b/)?.[0]),
  close: async () => {},
}
const service = await createApp({ config, secrets, database, log, ...(tellsCodes && { mailer }) })
const working = worker ? await service.startWorker() : undefined
const server = await startServer(service.http, { host: '127.0.0.1', port: 0 })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({ cpuMs: (user + system) / 1000, memory: process.memoryUsage() })
})
process.on('SIGTERM', async () => {
  await server.close()
  await working?.close()
  await service.close()
  await database.close()
  log.flush()
  process.exit(0)
})
process.send({ url: server.url })
