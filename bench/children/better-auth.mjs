// What one would pick instead: better-auth with the plugins that do what xswarm does (codes by mail, bearer tokens, device
// sign-in, an admin, OpenAPI), on a libSQL file with synchronous=FULL. Its limits and its log are off.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { admin, bearer, deviceAuthorization, emailOTP, openAPI } from 'better-auth/plugins'
import { SqliteDialect } from 'kysely'
import Libsql from 'libsql'
import { createPostman } from '../postman.mjs'

const { path } = JSON.parse(process.argv[2])
const database = new Libsql(path)
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
const deliver = createPostman()
const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  const options = {
    baseURL: url,
    secret: randomBytes(32).toString('hex'),
    database: { dialect: new SqliteDialect({ database }), type: 'sqlite' },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
    plugins: [
      bearer(),
      deviceAuthorization(),
      admin(),
      openAPI(),
      emailOTP({ sendVerificationOTP: async ({ email, otp }) => deliver(email, otp) }),
    ],
  }
  await (await getMigrations(options)).runMigrations()
  server.on('request', toNodeHandler(betterAuth(options)))
  process.send({ url })
})
process.on('SIGTERM', () => process.exit(0))
