import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/** What the process has in memory. Linux tells it in a file. */
export function residentMb(pid) {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kb === undefined) throw new Error('this system does not tell the memory of a process in /proc')
  return Number(kb) / 1024
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const LOOK_MS = 250
const PATIENCE_MS = 4_000

/** Waits until other programs leave the machine alone, but not for long: figures say with which load they were taken. */
export async function quietMoment() {
  const start = performance.now()
  while (performance.now() - start < PATIENCE_MS) {
    const before = cpuTimes()
    await wait(LOOK_MS)
    const after = cpuTimes()
    if ((after.busy - before.busy) / (after.all - before.all) < 0.1) return
  }
}

function cpuTimes() {
  let all = 0
  let idle = 0
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle
    idle += times.idle
  }
  return { all, busy: all - idle }
}
