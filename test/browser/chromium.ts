import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

/**
 * Starts the browser that comes inside an npm package. Throws an Error that says why where it cannot run, so that a
 * missing browser is a failed test and never a silent pass. `XSWARM_CHROMIUM` names another Chromium or Chrome to use.
 */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = findChromium()
  return await chromium.launch({
    executablePath: path,
    env,
    args: ['--no-sandbox', '--font-render-hinting=none'],
  })
}

interface Chromium {
  readonly path: string
  readonly env: Record<string, string>
}

function findChromium(): Chromium {
  const own = { ...process.env } as Record<string, string> // no value is undefined there
  const named = process.env.XSWARM_CHROMIUM
  if (named !== undefined) return { path: named, env: own }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `The browser of the tests runs on Linux x64 only, and this is ${process.platform} ${process.arch}. ` +
        'Set XSWARM_CHROMIUM to the path of an installed Chrome or Chromium.',
    )
  const folder = unpacked()
  const path = join(folder, 'chromium')
  const env = { ...own, FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  if (runs(path, env)) return { path, env }
  // Machines without a desktop lack NSS; the package brings it along.
  const libraries = [join(folder, 'al2023', 'lib'), own.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return { path, env: { ...env, LD_LIBRARY_PATH: libraries } }
}

function runs(path: string, env: Record<string, string>): boolean {
  try {
    execFileSync(path, ['--version'], { env, stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

/**
 * The folder with the unpacked browser of this very version. The package itself unpacks into the temporary folder and
 * takes any file it finds there, half-written ones of a neighbour included: so it unpacks into a folder of its own
 * in a process of its own, and the finished folder is moved into place in one step.
 */
function unpacked(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const version = versionOf(entry)
  const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))
  const folder = join(cache, `chromium-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const staging = mkdtempSync(join(cache, 'chromium-unpacking-'))
  const script = `const { default: chromium } = await import(${JSON.stringify(pathToFileURL(entry).href)})
    await (chromium.default ?? chromium).executablePath()`
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    // The two variables make it unpack the libraries as well.
    env: {
      ...process.env,
      TMPDIR: staging,
      AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
    },
    timeout: 120_000,
  })
  writeFileSync(join(staging, 'fonts.conf'), fontsConf(join(folder, 'fonts'), join(folder, 'fonts-cache')))
  return moveIntoPlace(staging, folder)
}

function moveIntoPlace(staging: string, folder: string): string {
  try {
    renameSync(staging, folder)
  } catch (error) {
    // A neighbour was faster: both folders hold the same.
    if (!existsSync(folder)) throw error
    rmSync(staging, { recursive: true, force: true })
  }
  return folder
}

function versionOf(entry: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    const { version } = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
    if (typeof version === 'string') return version
  }
  throw new Error('The package @sparticuz/chromium has no version.')
}

/** The package's fonts first, so that a screenshot looks alike on a machine without any. */
function fontsConf(fonts: string, cache: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><dir>/usr/share/fonts</dir><cachedir>${cache}</cachedir></fontconfig>
`
}
