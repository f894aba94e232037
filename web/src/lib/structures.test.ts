import { describe, expect, it } from 'vitest'
import type { StrikeRow } from './chain/rows'
import { structureOf } from './structure'
import { place, structures } from './structures'

const listed = (from: number, to: number, step: number, expiry = '2026-11-20') => ({
  expiry,
  root: 'SPXW',
  rows: Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i): StrikeRow => ({ expiry, root: 'SPXW', settle: 'pm', strike_micros: (from + i * step) * 1e6, call: 2 * i, put: 2 * i + 1 })),
})

describe('the menu of structures', () => {
  const near = listed(4500, 5500, 5)
  const far = listed(4500, 5500, 25, '2026-11-27')
  it('puts each on listed strikes, with as many legs as it has', () => {
    for (const structure of structures) {
      const legs = place(structure, near, far, 5002, 80)
      expect(legs, structure.id).toHaveLength(structure.parts.length)
    }
  })
  it('builds a condor one and one and a half expected moves away', () => {
    const condor = place(structures[0] as (typeof structures)[0], near, far, 5002, 80)
    expect(condor?.map((leg) => `${leg.side === 'buy' ? '+' : '-'}${leg.right[0]}${leg.strike_micros / 1e6}`)).toEqual(['+p4880', '-p4920', '-c5080', '+c5120'])
    expect(structureOf(condor ?? [])).toBe('ironCondor')
  })
  it('keeps legs apart where strikes are far from each other, and says so where there are too few', () => {
    const coarse = listed(4800, 5200, 50)
    const strikes = place(structures[0] as (typeof structures)[0], coarse, null, 5000, 20)?.map((leg) => leg.strike_micros / 1e6)
    expect(new Set(strikes).size).toBe(4)
    expect(place(structures[0] as (typeof structures)[0], listed(5000, 5050, 50), null, 5000, 20)).toBeNull()
    expect(place(structures.find((s) => s.id === 'calendar') as (typeof structures)[0], near, null, 5000, 80)).toBeNull()
  })
})
