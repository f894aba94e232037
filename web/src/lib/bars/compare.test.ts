import { expect, it } from 'vitest'
import { changeBy, compared, firstFrom, parseCompare } from './compare'

const bar = (time: number, close: number) => ({ time, open: close, high: close, low: close, close, volume: null })
const under = [bar(0, 100), bar(60, 101), bar(120, 102), bar(180, 103)]

it('counts from the first bar in view, also for what lies before it', () => {
  const { since, line } = compared('QQQ', [bar(0, 40), bar(60, 50), bar(120, 55), bar(180, 45)], under, 60)
  expect(since).toBe(60)
  expect(line.map((p) => Number(p.value.toFixed(9)))).toEqual([-20, 0, 10, -10])
})

it('begins where the symbol does, stops at each hole, and knows nothing of times that the other has not', () => {
  const one = compared('QQQ', [bar(60, 50), bar(90, 1), bar(180, 60)], under, 0)
  expect(one.since).toBe(60)
  expect(one.line.map((p) => [p.time, p.gap])).toEqual([[60, true], [180, false]])
})

it('tells the change by the end of what is seen, and nothing where there is nothing', () => {
  const one = compared('QQQ', [bar(60, 50), bar(120, 55)], under, 0)
  expect(changeBy(one, 119)).toBe(0)
  expect(changeBy(one, 999)).toBeCloseTo(10, 9)
  expect(changeBy(one, 59)).toBeNull()
  expect(compared('QQQ', [bar(60, 50)], under, 120)).toEqual({ symbol: 'QQQ', since: null, line: [] })
  expect(changeBy(compared('QQQ', [], under, 0), 999)).toBeNull()
})

it('finds the first bar from a time on', () => {
  expect([0, 1, 60, 61, 999].map((time) => firstFrom(under, time))).toEqual([0, 1, 1, 2, 4])
})

it('reads at most four symbols from an address', () => {
  expect(parseCompare('QQQ,SPY,QQQ,IWM,DIA,a b,VIX,TLT', 'SPY')).toEqual(['QQQ', 'IWM', 'DIA', 'VIX'])
  expect(parseCompare(null, 'SPY')).toEqual([])
})
