import { expect, test } from 'vitest'
import { createLook, giveMemoryBack } from './memory.ts'

test('memory is tidied up when rest follows work, and neither under load nor without end at rest', () => {
  let cpuMs = 0
  let collected = 0
  const look = createLook({ cpuMs: () => cpuMs, collect: () => collected++ })
  const spend = (ms: number, times = 1) => {
    for (let n = 0; n < times; n++) {
      cpuMs += ms
      look()
    }
    return collected
  }
  expect(spend(1_500, 5)).toBe(0)
  expect(spend(20)).toBe(1)
  expect(spend(20, 100)).toBe(3)
  // A little work is not worth it.
  expect(spend(200)).toBe(3)
  expect(spend(20, 100)).toBe(3)
  expect(spend(1_000)).toBe(3)
  expect(spend(10, 100)).toBe(6)
})

test('this version of Node has what it takes, and a process is not kept alive by it', () => {
  const stop = giveMemoryBack()
  stop()
})
