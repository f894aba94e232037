import { expect, it } from 'vitest'
import { bands, ema, macd, realisedVol, rsi, sma } from './indicators'

it('means begin when there are enough bars', () => {
  expect(sma([1, 2, 3, 4], 2)).toEqual([Number.NaN, 1.5, 2.5, 3.5])
  expect(ema([2, 4, 6, 8], 3)).toEqual([Number.NaN, Number.NaN, 4, 6])
})

it('bands stand two deviations off', () => {
  const { upper, lower } = bands([2, 4, 4, 4, 5, 5, 7, 9], 8, 2)
  expect(upper[7]).toBeCloseTo(9, 12)
  expect(lower[7]).toBeCloseTo(1, 12)
  expect(upper[6]).toBeNaN()
})

it('RSI smooths as Wilder does: a series that is worked out in many places gives 70.46, then 66.25', () => {
  const closes = [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.1, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.0, 46.03]
  const found = rsi(closes, 14)
  expect(found[13]).toBeNaN()
  expect(found[14]).toBeCloseTo(70.46, 1)
  expect(found[15]).toBeCloseTo(66.25, 1)
  expect(rsi([1, 1, 1], 2)[2]).toBe(50)
})

it('MACD of a straight line stands still: means lag it by (n − 1) ÷ 2', () => {
  const { fast, signal, gap } = macd(Array.from({ length: 60 }, (_, i) => 100 + i), 12, 26, 9)
  expect(fast[24]).toBeNaN()
  expect(fast[25]).toBeCloseTo((26 - 12) / 2, 9)
  expect(signal[32]).toBeNaN()
  expect(signal[33]).toBeCloseTo(7, 9)
  expect(gap[59]).toBeCloseTo(0, 9)
  expect(macd([1, 2], 12, 26, 9).signal).toEqual([Number.NaN, Number.NaN])
})

it('realised vol is the scatter of log returns, for a year', () => {
  const up = Math.exp(0.01)
  const found = realisedVol([100, 100 * up, 100, 100 * up, 100], 4, 252)
  expect(found[3]).toBeNaN()
  expect(found[4]).toBeCloseTo(100 * Math.sqrt((4 * 0.0001 * 252) / 3), 9)
  expect(realisedVol([5, 5, 5], 2, 252)[2]).toBe(0)
})
