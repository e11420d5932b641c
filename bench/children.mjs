import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Starts `bench/children/NAME.mjs` with `options`, and resolves when it says that it is ready. Its standard error goes to the
 * file `log`, where a service in production would have its log.
 */
export async function startChild(name, options, { log, cwd, env } = {}) {
  const path = fileURLToPath(new URL(`./children/${name}.mjs`, import.meta.url))
  const child = fork(path, [JSON.stringify(options)], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', log === undefined ? 'inherit' : openSync(log, 'a'), 'ipc'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the child ${name} ended early (${signal ?? code})${log ? `; see ${log}` : ''}`)
  })
  ended.catch(() => {}) // whoever waits for a message hears of it
  process.once('exit', () => child.kill('SIGKILL'))
  const message = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  const ready = await message()
  return {
    pid: child.pid,
    onMessage: (listener) => child.on('message', listener),
    /** What it said when it was ready, for example `{ url }`. */
    ready,
    /** Asks, and resolves to the answer. One question at a time. */
    ask(question) {
      child.send(question)
      return message()
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}
