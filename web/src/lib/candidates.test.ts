import { describe, expect, it } from 'vitest'
import type { Expiry } from '@/api/types.gen'
import type { Leg } from '@/state/draft'
import { candidates, ranked, type Market } from './candidates'
import type { StrikeRow } from './chain/rows'
import { black } from './payoff/black'

const YEARS = 30 / 365
const expiry = '2026-11-20'
const rows = Array.from({ length: 201 }, (_, i): StrikeRow => ({ expiry, root: 'SPXW', settle: 'pm', strike_micros: (4500 + i * 5) * 1e6, call: 2 * i, put: 2 * i + 1 }))
const facts = { expiry, root: 'SPXW', years: YEARS, forward: 5000, discount: 1, atm_vol: 0.15 } as Expiry
const market: Market = {
  near: { expiry, root: 'SPXW', rows },
  far: null,
  forward: 5000,
  move: 5000 * 0.15 * Math.sqrt(YEARS),
  vol: 0.15,
  spot: 5000,
  quoteOf: (leg: Leg) => {
    const mid = black(leg.right === 'call', 5000, leg.strike_micros / 1e6, YEARS, 0.15, 1, 1).price
    return { bid: mid - 0.1, ask: mid + 0.1, mid, iv: 0.15, delta: null }
  },
  factsOf: () => facts,
}

describe('candidates for a view', () => {
  const found = candidates({ view: 'flat', lossMost: 5000 }, market)
  it('lose no more than is allowed, and have an end to it', () => {
    expect(found.length).toBeGreaterThan(3)
    for (const c of found) expect(c.lossMost).toBeLessThanOrEqual(5000)
    expect(found.some((c) => c.structure.id === 'shortStrangle')).toBe(false)
  })
  it('at fair prices promise nothing, and cost a dime a leg to cross', () => {
    for (const c of found) {
      expect(Math.abs(c.expected)).toBeLessThan(0.02 * c.lossMost + 5)
      expect(c.crossing).toBeCloseTo(10 * c.legs.reduce((sum, leg) => sum + leg.ratio, 0), 6)
    }
  })
  it('are ranked as asked for', () => {
    const chance = ranked(found, 'chance').map((c) => c.chance)
    expect(chance).toEqual(chance.toSorted((a, b) => b - a))
    const loss = ranked(found, 'loss').map((c) => c.lossMost)
    expect(loss).toEqual(loss.toSorted((a, b) => a - b))
    const two = ranked(found, 'loss', 1).map((c) => c.structure.id)
    expect(new Set(two).size).toBe(two.length)
    expect(ranked(found, 'credit')[0]?.net).toBe(Math.min(...found.map((c) => c.net)))
  })
  it('are none where nothing is quoted', () => {
    expect(candidates({ view: 'flat', lossMost: 5000 }, { ...market, quoteOf: () => null })).toEqual([])
  })
})
