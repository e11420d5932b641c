import { describe, expect, it } from 'vitest'
import { displayName, isStock, matcherOf, stockOf } from './stock.ts'

describe('the stock', () => {
  it('holds every toll-free number with 555 once, and nothing else', () => {
    const all = [...stockOf(undefined)]
    expect(all).toHaveLength(70_000)
    expect(new Set(all).size).toBe(70_000)
    expect(all.every(isStock)).toBe(true)
  })

  it('can be narrowed to one code', () => {
    expect([...stockOf('844')]).toHaveLength(10_000)
    expect([...stockOf('212')]).toEqual([])
  })

  it('is no place for other numbers', () => {
    for (const phone of ['+18005560142', '+18225550142', '+1800555014', '8005550142', '+15555550142'])
      expect([phone, isStock(phone)]).toEqual([phone, false])
  })
})

describe('a pattern', () => {
  const cases: readonly [string, string, boolean][] = [
    ['+18005550142', '+18005550142', true],
    ['800***0142', '+18005550142', true],
    ['800**0142', '+18005550142', false],
    ['jjj01', '+18005550142', true],
    ['(800) 555', '+18005550142', true],
    ['888', '+18005550142', false],
  ]
  for (const [pattern, phone, expected] of cases)
    it(`${pattern} ${expected ? 'finds' : 'does not find'} ${displayName(phone)}`, () => {
      expect(matcherOf(pattern)(phone)).toBe(expected)
    })
})
