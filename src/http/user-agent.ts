import { parseSessionName } from '../domain/sessions.ts'

/** Whether a browser sent this: programs do not send what browsers add to every request. */
export function isBrowser(headers: Headers): boolean {
  return headers.has('sec-fetch-site') || (headers.get('accept') ?? '').includes('text/html')
}

/** What a person will recognise this browser or program by, for example `Firefox on Linux` or `curl`. */
export function describeUserAgent(headers: Headers): string {
  const agent = headers.get('user-agent') ?? ''
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`
  return parseSessionName(agent.split(/[/\s]/, 1)[0], 'an unknown program')
}

/** Nearly every browser claims to be the ones below it, so the order decides. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]
