import { describe, expect, it } from 'vitest'
import { formatOcc, parseOcc } from './occ'

describe('contract names', () => {
  it('reads and writes what the OCC writes', () => {
    const name = 'SPXW  261120C06000000'
    expect(parseOcc(name)).toEqual({ root: 'SPXW', expiry: '2026-11-20', right: 'call', strike_micros: 6_000_000_000 })
    expect(formatOcc({ root: 'SPXW', expiry: '2026-11-20', right: 'call', strike_micros: 6_000_000_000 })).toBe(name)
    expect(formatOcc({ root: 'SPY', expiry: '2026-01-16', right: 'put', strike_micros: 512_500_000 })).toBe('SPY   260116P00512500')
  })
  it('refuses what is none', () => {
    for (const bad of ['', 'stock', 'SPX', 'SPXW261120X06000000', 'spxw  261120C06000000']) expect(parseOcc(bad)).toBeNull()
  })
})
