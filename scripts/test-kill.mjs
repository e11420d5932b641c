// `npm run test:kill`: the long version of the tests in test/numbers - workers killed at every place under every
// misbehaviour of Twilio, every pair of places of two workers, and a thousand purchases by two processes.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'

bootstrap()
const done = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    'test/numbers/kills.test.ts',
    'test/numbers/processes.test.ts',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, XSWARM_LONG: '1' } },
)
process.exit(done.status ?? 1)
