import { expect, it } from 'vitest'
import { ahead, exchangeNs, exchangeSeconds, grow, wholeAt } from './bars'

const bar = (time: number, close: number) => ({ time, open: close, high: close, low: close, close, volume: null })

it('grows the last bar with a quote, and begins the next in its time', () => {
  expect(grow(bar(60, 10), 95, 60, 12)).toEqual({ ...bar(60, 12), open: 10, low: 10 })
  expect(grow(bar(60, 10), 121, 60, 9)).toEqual(bar(120, 9))
  expect(grow(undefined, 61, 60, 9)).toEqual(bar(60, 9))
})

it('widens with the root of time, to the whole move at the end', () => {
  const up = ahead(bar(0, 100), 60, { move: 6, seconds: 3600 }, 1)
  expect(up[0]).toEqual({ time: 0, value: 100 })
  expect(up).toHaveLength(61)
  expect(up.at(-1)).toEqual({ time: 3600, value: 106 })
  expect(up[15]?.value).toBeCloseTo(103, 9)
  expect(ahead(bar(0, 100), 60, { move: 6, seconds: 90 }, -1)).toHaveLength(2)
})

it('tells New York’s clock and finds back, in winter, in summer and on the days between', () => {
  for (const [utc, there] of [
    ['2024-01-05T14:30:00Z', '2024-01-05T09:30:00Z'],
    ['2024-07-05T13:30:00Z', '2024-07-05T09:30:00Z'],
    ['2024-03-10T13:30:00Z', '2024-03-10T09:30:00Z'],
    ['2024-11-03T14:30:00Z', '2024-11-03T09:30:00Z'],
  ] as const) {
    const ns = Date.parse(utc) * 1e6
    expect(exchangeSeconds(ns)).toBe(Date.parse(there) / 1000)
    expect(exchangeNs(exchangeSeconds(ns))).toBe(ns)
  }
})

it('knows when a bar is whole: a day at the close, a minute at its end', () => {
  expect(wholeAt(bar(0, 1), 'day')).toBe(16 * 3600)
  expect(wholeAt(bar(60, 1), '60')).toBe(120)
})
