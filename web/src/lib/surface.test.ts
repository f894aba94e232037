import { describe, expect, it } from 'vitest'
import type { Surface, SurfaceSlice } from '@/api/types.gen'
import { gridOf, slicesOf, smileOf, termOf, volAt, bends, standing, volFor } from './surface'

const slice = (change: Partial<SurfaceSlice>): SurfaceSlice => ({
  expiry: '2025-01-17',
  root: 'SPX',
  years: 0.25,
  forward: 100,
  atm_vol: 0.2,
  skew: 0.03,
  fitted: true,
  vols: [],
  strikes_micros: [90e6, 100e6, 110e6],
  vol_bid: [0.24, 0.195, null],
  vol_ask: [0.26, 0.205, 0.2],
  vol_fit: [0.25, 0.2, 0.18],
  ...change,
})
const surface = (...slices: SurfaceSlice[]): Surface => ({ symbol: 'SPX', source: 'live', ts_ns: 0, spot: 100, ks: [], slices })

describe('a surface', () => {
  it('reads vols between the strikes, and none outside', () => {
    const [s] = slicesOf(surface(slice({})))
    if (!s) throw new Error('it is fitted')
    expect(volAt(s, 0)).toBeCloseTo(0.2)
    expect(volAt(s, Math.log(0.9) / 2)).toBeCloseTo(0.225)
    expect(volAt(s, -1)).toBeNull()
    expect(volAt(s, 1)).toBeNull()
  })
  it('measures strikes in standard deviations', () => {
    // σ√T is 0.1, so one of them below the forward is k = -0.1, a little beyond the strike of 90.
    const [row] = gridOf(slicesOf(surface(slice({}))), [-2, -1, 0])
    expect(row?.[0]).toBeNull()
    expect(row?.[1]).toBeCloseTo(0.2 + (0.05 * 0.1) / -Math.log(0.9))
    expect(row?.[2]).toBeCloseTo(0.2)
  })
  it('leaves out what has no forward or was not fitted', () => {
    expect(slicesOf(surface(slice({ forward: null }), slice({ fitted: false }), slice({ vol_fit: [null, null, null] })))).toEqual([])
  })
  it('finds forward vols, and says where variance falls', () => {
    const term = termOf(slicesOf(surface(slice({}), slice({ expiry: '2025-04-17', years: 0.5, atm_vol: 0.25 }), slice({ expiry: '2025-05-17', years: 0.6, atm_vol: 0.2 }))))
    expect(term[0]?.forwardVol).toBeNull()
    // (0.25² · 0.5 − 0.2² · 0.25) / 0.25 = 0.085
    expect(term[1]?.forwardVol).toBeCloseTo(Math.sqrt(0.085))
    expect(term[2]).toMatchObject({ forwardVol: null, falls: true })
  })
  it('takes a smile within its reach, in order', () => {
    const s = slice({ strikes_micros: [110e6, 50e6, 100e6], vol_bid: [1, 2, 3], vol_ask: [1, 2, 3], vol_fit: [1, 2, null] })
    expect(smileOf(s)).toEqual({ strikes: [100, 110], bid: [3, 1], ask: [3, 1], fit: [null, 1] })
  })
})

describe('a vol among those before it', () => {
  it('is that of thirty days by total variance between two expiries', () => {
    const expiries = [
      { years: 20 / 365, atm_vol: 0.2 },
      { years: 40 / 365, atm_vol: 0.16 },
    ]
    // 0.5 (0.04 · 20 + 0.0256 · 40) over 30 days
    expect(volFor(expiries, 30)).toBeCloseTo(Math.sqrt((0.5 * (0.04 * 20 + 0.0256 * 40)) / 30), 12)
    expect(volFor(expiries, 5)).toBeCloseTo(0.2, 12)
    expect(volFor(expiries, 90)).toBeCloseTo(0.16, 12)
    expect(volFor([{ years: 0.1, atm_vol: null }], 30)).toBeNull()
  })
  it('has a rank and a percentile', () => {
    const found = standing(0.2, [0.1, 0.15, 0.3, 0.25])
    expect(found).toMatchObject({ low: 0.1, high: 0.3, percentile: 0.5 })
    expect(found?.rank).toBeCloseTo(0.5, 12)
    expect(standing(0.4, [0.1, 0.2])?.rank).toBe(1)
    expect(standing(0.1, [0.1])?.rank).toBeNull()
    expect(standing(0.1, [])).toBeNull()
  })
  it('bends the wrong way where a butterfly costs less than nothing', () => {
    const slice = { forward: 100, years: 0.1, strikes_micros: [90e6, 95e6, 100e6], vol_fit: [0.2, 0.2, 0.2] }
    const fair = new Map([[90, 12], [95, 8], [100, 5]])
    expect(bends(slice, (k) => fair.get(k) ?? 0)).toEqual([])
    expect(bends(slice, (k) => (k === 95 ? 9 : (fair.get(k) ?? 0)))).toEqual([95])
  })
})
