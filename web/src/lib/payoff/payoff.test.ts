import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { black, normCdf } from './black'
import { chanceBelow, chances, density, extremes, greeks, grid, priceAtSigma, profit, sigmaOf, type PricedLeg } from './payoff'

const GOLDEN = '../../shared/golden/european_greeks.csv'

describe('Black-76', () => {
  it('gives Phi as tabled (60-digit arithmetic)', () => {
    expect(normCdf(0)).toBe(0.5)
    expect(normCdf(1)).toBeCloseTo(0.8413447460685429, 15)
    expect(normCdf(-1.96)).toBeCloseTo(0.024997895148220435, 16)
    expect(normCdf(-6) / 9.865876450376981e-10).toBeCloseTo(1, 12)
    expect(normCdf(0.3)).toBeCloseTo(0.6179114221889526, 15)
  })
  it('gives what Hull prints (Options, Futures and Other Derivatives, example 15.6)', () => {
    const carry = Math.exp(0.1 * 0.5)
    const discount = Math.exp(-0.1 * 0.5)
    expect(black(true, 42, 40, 0.5, 0.2, carry, discount).price).toBeCloseTo(4.76, 2)
    expect(black(false, 42, 40, 0.5, 0.2, carry, discount).price).toBeCloseTo(0.81, 2)
  })
  it.skipIf(!existsSync(GOLDEN))('agrees with the golden table to ten digits', () => {
    const [, ...lines] = readFileSync(GOLDEN, 'utf8').trim().split('\n')
    let tried = 0
    for (const line of lines) {
      const [cp, S, K, T, sigma, r, q, price, delta, gamma, vega, theta] = line.split(',').map(Number) as number[] as [number, number, number, number, number, number, number, number, number, number, number, number]
      if (T < 0.001 || T > 5 || sigma < 0.03 || sigma > 2) continue
      tried++
      const got = black(cp > 0, S, K, T, sigma, Math.exp((r - q) * T), Math.exp(-r * T))
      const near = (a: number, b: number, scale: number) => expect(Math.abs(a - b)).toBeLessThan(1e-10 * (scale + Math.abs(b)))
      near(got.price, price, Math.max(S, K))
      near(got.delta, delta, 1)
      near(got.gamma, gamma, 1 / (S * sigma * Math.sqrt(T)))
      near(got.vega * 100, vega, S * Math.sqrt(T))
      near(got.theta * 365, theta, (S * sigma) / Math.sqrt(T) + Math.abs(r) * K + Math.abs(q) * S)
    }
    expect(tried).toBeGreaterThan(200)
  })
})

const leg = (isCall: boolean, strike: number, quantity: number, entry: number, years = 7 / 365): PricedLeg => ({ isCall, strike, quantity, multiplier: 100, years, vol: 0.15, carry: 1, discount: 1, entry })

/** A condor for 10.83: 4850/4900 puts, 5100/5150 calls. */
const condor = [leg(false, 4850, 1, 7.47), leg(false, 4900, -1, 12.84), leg(true, 5100, -1, 7.59), leg(true, 5150, 1, 2.13)]

describe('a payoff', () => {
  it('has its corners at the strikes: a condor by hand', () => {
    const found = extremes(condor)
    expect(found?.maxProfit).toBeCloseTo(1083, 9)
    expect(found?.maxLoss).toBeCloseTo(-3917, 9)
    expect(found?.breakevens.map((x) => Math.round(x * 100) / 100)).toEqual([4889.17, 5110.83])
    expect([found?.lossUnbounded, found?.profitUnbounded]).toEqual([false, false])
    expect(profit(condor, 5000, 7 / 365)).toBeCloseTo(1083, 9)
  })
  it('says what has no end: a short call, a long call', () => {
    expect(extremes([leg(true, 5000, -1, 20)])?.lossUnbounded).toBe(true)
    const long = extremes([leg(true, 5000, 2, 20)])
    expect(long?.profitUnbounded).toBe(true)
    expect(long?.maxLoss).toBeCloseTo(-4000, 9)
    expect(long?.breakevens).toEqual([5020])
    // A short put loses its whole strike at most: that is an end.
    expect(extremes([leg(false, 100, -1, 2)])?.maxLoss).toBeCloseTo(-9800, 9)
  })
  it('makes no breakeven of crumbs of rounding', () => {
    const crumbs = condor.map((l) => ({ ...l, carry: 1.0000321, discount: 0.99987, entry: l.entry + 1 / 3 }))
    expect(extremes(crumbs)?.breakevens).toHaveLength(2)
  })
  it('says nothing about the ends of several expiries, nor before expiry without a vol', () => {
    expect(extremes([leg(true, 5000, 1, 20), leg(true, 5000, -1, 30, 30 / 365)])).toBeNull()
    expect(profit([{ ...leg(true, 5000, 1, 20), vol: null }], 5000, 0)).toBeNaN()
    expect(profit([{ ...leg(true, 5000, 1, 20), vol: null }], 5100, 7 / 365)).toBe(8000)
  })
  it('moves as its Greeks say', () => {
    const g = greeks(condor, 5010, 0)
    const h = 0.5
    expect((profit(condor, 5010 + h, 0) - profit(condor, 5010 - h, 0)) / (2 * h)).toBeCloseTo(g.delta, 3)
    expect((profit(condor, 5010, 0, 0.0005) - profit(condor, 5010, 0, -0.0005)) / 0.1).toBeCloseTo(g.vega, 2)
    expect((profit(condor, 5010, 0.01 / 365) - profit(condor, 5010, 0)) / 0.01).toBeCloseTo(g.theta, 0)
  })
  it('is worth nothing on average at fair prices, and its chance lies between its breakevens', () => {
    const fair = condor.map((l) => ({ ...l, entry: black(l.isCall, 5000, l.strike, l.years, 0.15, 1, 1).price }))
    const found = chances(fair, 5000, 0.15)
    expect(Math.abs(found?.expected ?? 99)).toBeLessThan(1)
    const ends = extremes(fair)?.breakevens as [number, number]
    const sd = 0.15 * Math.sqrt(7 / 365)
    const below = (x: number) => normCdf(Math.log(x / 5000) / sd + sd / 2)
    expect(found?.profit).toBeCloseTo(below(ends[1]) - below(ends[0]), 3)
  })
  it('is as likely as the chances between two prices say', () => {
    const years = 30 / 365
    const xs = grid(3500, 6800, 40_000, [])
    const all = xs.reduce((sum, x) => sum + density(x, 5000, 0.15, years), 0)
    const below = xs.filter((x) => x <= 4900).reduce((sum, x) => sum + density(x, 5000, 0.15, years), 0)
    expect(below / all).toBeCloseTo(chanceBelow(4900, 5000, 0.15, years), 3)
    expect(density(-1, 5000, 0.15, years)).toBe(0)
  })
  it('is drawn through every strike exactly', () => {
    const xs = grid(4700, 5300, 400, [4850, 4900.5, 5150])
    expect(xs).toContain(4900.5)
    expect(xs.every((x, i) => i === 0 || x > (xs[i - 1] as number))).toBe(true)
  })
})

describe('deviations', () => {
  it('has as much below each of them as the normal distribution, and finds its way back', () => {
    for (const z of [-2, -1, 0, 1, 2]) {
      const price = priceAtSigma(z, 5000, 0.3, 0.25)
      expect(chanceBelow(price, 5000, 0.3, 0.25)).toBeCloseTo(normCdf(z), 12)
      expect(sigmaOf(price, 5000, 0.3, 0.25)).toBeCloseTo(z, 12)
    }
    expect(sigmaOf(5000, 5000, 0.3, 0)).toBeNull()
    expect(priceAtSigma(2, 5000, 0.3, 0)).toBe(5000)
  })
})
