import { expect, it, vi } from 'vitest'

vi.mock('lightweight-charts', () => ({}))
vi.mock('@/state/prefs', () => ({}))
vi.mock('@/lib/stream/client', () => ({}))
vi.mock('@/lib/desk', () => ({}))
const { ahead, grow, rebased } = await import('./Candles')

const bar = (time: number, close: number) => ({ time, open: close, high: close, low: close, close })

it('grows the last bar with a quote, and begins the next in its time', () => {
  expect(grow(bar(60, 10), 95, 60, 12)).toEqual({ time: 60, open: 10, high: 12, low: 10, close: 12 })
  expect(grow(bar(60, 10), 121, 60, 9)).toEqual(bar(120, 9))
  expect(grow(undefined, 61, 60, 9)).toEqual(bar(60, 9))
})

it('puts another symbol on the price where both begin', () => {
  expect(rebased([bar(0, 100), bar(60, 101), bar(120, 102)], [bar(60, 50), bar(120, 55)])).toEqual([{ time: 60, value: 101 }, { time: 120, value: (101 * 55) / 50 }])
  expect(rebased([bar(0, 100)], [bar(60, 1)])).toEqual([])
})

it('widens with the root of time, to the whole move at the end', () => {
  const up = ahead(bar(0, 100), 60, { move: 6, seconds: 3600 }, 1)
  expect(up[0]).toEqual({ time: 0, value: 100 })
  expect(up).toHaveLength(61)
  expect(up.at(-1)).toEqual({ time: 3600, value: 106 })
  expect(up[15]?.value).toBeCloseTo(103, 9)
  expect(ahead(bar(0, 100), 60, { move: 6, seconds: 90 }, -1)).toHaveLength(2)
})
