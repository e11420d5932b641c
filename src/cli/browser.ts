import { spawn } from 'node:child_process'
import type { Io } from './io.ts'

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' }

/** Opens a page for whoever sits at this terminal. The address is printed anyway, so nothing is lost where it cannot. */
export function openInBrowser(url: string, io: Io): void {
  const opener = OPENERS[process.platform]
  const hasScreen = process.platform !== 'linux' || (io.env.DISPLAY ?? io.env.WAYLAND_DISPLAY ?? '') !== ''
  if (!io.interactive || io.json || opener === undefined || !hasScreen) return
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
