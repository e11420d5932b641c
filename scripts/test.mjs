// `npm test`: one command checks everything, the same here and in CI. Names of tests may follow: `npm test -- test/http`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'

bootstrap()
const bin = (...path) => join(root, 'node_modules', ...path)
const only = process.argv.slice(2)
const steps = [
  [
    'format and lint',
    [
      bin('@biomejs', 'biome', 'bin', 'biome'),
      'ci',
      '--error-on-warnings',
      ...(process.stdout.isTTY ? [] : ['--colors=off']),
      '.',
    ],
  ],
  ['types', [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.check.json']],
  ['tests', [bin('vitest', 'vitest.mjs'), 'run', ...only]],
]
for (const [name, args] of only.length > 0 ? steps.slice(-1) : steps) {
  const started = Date.now()
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (done.status !== 0) {
    process.stderr.write(`xswarm: ${name} failed\n`)
    process.exit(done.status ?? 1)
  }
  process.stderr.write(`xswarm: ${name} passed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}
