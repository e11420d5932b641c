import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const LOOK_EVERY_MS = 2_000
/** Of one core: who uses less has nothing to do. */
const REST_SHARE = 0.05
/** V8 makes its young generation small again only when little was allocated for five seconds, and lets go of it with the next. */
const COLLECT_AT_REST: ReadonlySet<number> = new Set([1, 4, 5])
const COLLECT_AT_REST_LAST = Math.max(...COLLECT_AT_REST)
/** So much work leaves something behind that is worth tidying up. */
const WORK_MS_MIN = 500

/**
 * Keeps what the process holds close to what it needs. V8 lets garbage lie as long as it may, and its young generation
 * grows to 48 MB under load and stays there: a service at rest after 30,000 sign-ups held 75 MB more than before, with this nothing.
 * Lets the old generation grow in smaller steps, for 3 % of the speed, and collects when rest follows work. A
 * small young generation would hold the rest down too, and was measured to take a quarter of the speed. Returns how to stop.
 */
export function giveMemoryBack(): () => void {
  setFlagsFromString('--heap-growing-percent=20')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // what --expose-gc puts there
  const look = createLook({ cpuMs: usedCpuMs, collect })
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  return () => clearInterval(timer)
}

/** One look at what the process has done since the last one. */
export function createLook(process: { cpuMs(): number; collect(): void }): () => void {
  let seen = 0
  let work = 0
  let rests = 0
  return () => {
    const now = process.cpuMs()
    const spent = now - seen
    seen = now
    if (spent > LOOK_EVERY_MS * REST_SHARE) {
      // Rest that is interrupted begins anew, and little things do not count as work.
      work += spent
      rests = 0
      return
    }
    if (work < WORK_MS_MIN) return
    rests += 1
    if (COLLECT_AT_REST.has(rests)) process.collect()
    if (rests === COLLECT_AT_REST_LAST) work = 0
  }
}

function usedCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
