// Installs and builds what is missing, with nothing but Node's own modules: `npm start` and `npm test` begin here,
// because `ignore-scripts=true` also skips npm's own prestart and pretest.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const stamps = join(root, 'node_modules', '.xswarm')

/** Makes node_modules and dist agree with the lockfile and the sources. Quick when they already do. */
export function bootstrap() {
  requireNode()
  const installed = hashOf(['package.json', 'package-lock.json', '.npmrc', 'test/libsql-server/package.json'])
  if (readStamp('installed') !== installed) {
    say('installing what is missing (once) ...')
    install()
    writeStamp('installed', installed)
  }
  const built = hashOf(['tsconfig.json', 'package-lock.json', ...filesBelow('src')])
  if (readStamp('built') !== built || !existsSync(join(root, 'dist', 'cli', 'main.js'))) {
    say('building ...')
    build()
    writeStamp('built', built)
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`xswarm needs Node.js 20.19 or newer; this is ${process.version}. Install a newer one and try again.`)
}

function install() {
  // --include=dev: the build needs TypeScript also where NODE_ENV=production is set.
  const npm = process.env.npm_execpath
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (done.status !== 0) fail('npm ci failed (see above). Check the network and try again.')
}

function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (done.status !== 0) fail('The build failed (see above).')
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort()
}

function hashOf(paths) {
  const hash = createHash('sha256').update(process.version)
  for (const path of paths) {
    hash.update(path)
    const file = join(root, path)
    if (existsSync(file)) hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}

function readStamp(name) {
  const file = join(stamps, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true })
  writeFileSync(join(stamps, name), value)
}

function say(text) {
  process.stderr.write(`xswarm: ${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
