import { describe, expect, it } from 'vitest'
import { cell, csv } from './csv'
import { costSteps, dailyReturns, days, drawdown, months, normal, together, trust } from './figures'
import type { Report, ReportPoint } from './types'

function point(time: string, equity: number): ReportPoint {
  return { time_ns: Date.parse(time) * 1e6, day_end: true, equity, cash: 0, options: 0, stock: 0, underlying: 1, delta: 0, gamma: 0, vega: 0, theta: 0, open_trades: 0 }
}

describe('a report', () => {
  it('takes the last point of each New York day', () => {
    const all = days([point('2024-01-02T15:00:00Z', 1), point('2024-01-02T21:00:00Z', 2), point('2024-01-04T02:00:00Z', 3)])
    expect(all.map((d) => [d.day, d.equity])).toEqual([
      ['2024-01-02', 2],
      ['2024-01-03', 3],
    ])
  })
  it('measures drawdown from the highest so far, the starting cash included', () => {
    expect(drawdown([90, 110, 99, 121], 100).map((x) => Math.round(x * 1000) / 1000)).toEqual([-0.1, 0, -0.1, 0])
  })
  it('compounds months to years, and says nothing of months without a day', () => {
    const all = days([point('2023-12-29T21:00:00Z', 110), point('2024-01-31T21:00:00Z', 121), point('2024-03-28T20:00:00Z', 108.9)])
    const years = months(all, 100)
    expect(years.map((y) => y.year)).toEqual(['2023', '2024'])
    expect(years[0]?.months[11]).toBeCloseTo(0.1)
    expect(years[1]?.months.slice(0, 3)).toEqual([expect.closeTo(0.1), null, expect.closeTo(-0.1)])
    expect(years[1]?.total).toBeCloseTo(-0.01)
  })
  it('makes days of returns whose product is the whole', () => {
    const all = days([point('2024-01-02T21:00:00Z', 105), point('2024-01-03T21:00:00Z', 94.5)])
    expect(dailyReturns(all, 100)).toEqual([expect.closeTo(0.05), expect.closeTo(-0.1)])
  })
  it('adds its costs up to what is left', () => {
    const stats = { pnl: 100, commissions: 7, exchange_fees: 2, regulatory_fees: 1, spread_cost: 40 }
    const steps = costSteps({ stats } as Report)
    expect(steps[0]).toEqual({ id: 'gross', value: 150 })
    expect(steps.slice(0, -1).reduce((sum, s) => sum + s.value, 0)).toBe(100)
  })
  it('lays runs of different days on one axis', () => {
    const one = { start: 100, days: days([point('2024-01-02T21:00:00Z', 101), point('2024-01-04T21:00:00Z', 103)]) }
    const two = { start: 50, days: days([point('2024-01-03T21:00:00Z', 55)]) }
    expect(together([one, two]).gained).toEqual([
      [expect.closeTo(0.01), expect.closeTo(0.01), expect.closeTo(0.03)],
      [null, expect.closeTo(0.1), null],
    ])
  })
})

describe('trust', () => {
  it('knows the normal distribution', () => {
    expect(normal(0)).toBeCloseTo(0.5, 6)
    expect(normal(1.959964)).toBeCloseTo(0.975, 6)
    expect(normal(-3)).toBeCloseTo(0.00134990, 6)
  })
  it('is surer of more days, and never of too few', () => {
    const week = [0.01, -0.005, 0.008, -0.002, 0.004]
    const year = Array.from({ length: 50 }, () => week).flat()
    expect(trust(week.slice(0, 3))).toBeNull()
    const few = trust(week)
    const many = trust(year)
    if (!few || !many) throw new Error('there are days enough')
    expect(many.high - many.low).toBeLessThan(few.high - few.low)
    expect(many.above0).toBeGreaterThan(few.above0)
    expect(many.low).toBeLessThan(many.sharpe)
    expect(few.needed).toBeGreaterThan(5)
  })
  it('asks for no track record where there is nothing to prove', () => {
    expect(trust([-0.01, 0.002, -0.004, -0.006, 0.001])?.needed).toBeNull()
    expect(trust([0, 0, 0, 0, 0])).toBeNull()
  })
})

describe('csv', () => {
  it('quotes what needs it and lets no cell be a formula', () => {
    expect(cell('a,b')).toBe('"a,b"')
    expect(cell('say "x"')).toBe('"say ""x"""')
    expect(cell('=1+1')).toBe("'=1+1")
    expect(cell(-5)).toBe('-5')
    expect(cell(null)).toBe('')
    expect(csv(['a', 'b'], [[1, null]])).toBe('a,b\r\n1,\r\n')
  })
})
