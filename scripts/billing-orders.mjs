// `npm run test:billing-orders`: every order of the events of every lifecycle, up to six of them, and 500 random ones of more.
// `npm test` runs some of each.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'

bootstrap()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const done = spawnSync(process.execPath, [vitest, 'run', 'test/billing/orders.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, BILLING_ORDERS: 'all' },
})
process.exit(done.status ?? 1)
