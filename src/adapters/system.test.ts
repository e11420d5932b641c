import { expect, test } from 'vitest'
import { createUuids, systemIds } from './system.ts'

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUID of version 7 that begins with the time', () => {
  const uuid = createUuids({ now: () => 0x0123456789ab })
  expect(uuid()).toMatch(VERSION_7)
  expect(uuid()).toMatch(/^01234567-89ab-7/)
  expect(systemIds.uuid()).toMatch(VERSION_7)
})

test('ids grow, also within a millisecond, when more are made than it can count, and when the clock is set back', () => {
  let now = 1_800_000_000_000
  const uuid = createUuids({ now: () => now })
  const ids = Array.from({ length: 10_000 }, uuid)
  now -= 60_000
  ids.push(uuid(), uuid())
  now += 120_000
  ids.push(uuid())
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids).size).toBe(ids.length)
})

test('two processes that count alike make different ids', () => {
  const [one, other] = [createUuids({ now: () => 1 }), createUuids({ now: () => 1 })]
  expect(one()).not.toBe(other())
})

test('a token holds fresh randomness, short or long, and none comes twice', () => {
  const tokens = Array.from({ length: 5_000 }, () => systemIds.token(20))
  expect(new Set(tokens).size).toBe(tokens.length)
  for (const token of tokens) expect(token).toMatch(/^[a-z2-7]{32}$/)
  expect(systemIds.token(5_000)).toMatch(/^[a-z2-7]{8000}$/)
  const letters = new Set(tokens.join(''))
  expect(letters.size).toBe(32)
})
