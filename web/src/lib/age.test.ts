import { expect, test } from 'vitest'
import { staleOf } from './age'

const quotes = [
  { symbol: 'SPX', stale: true },
  { symbol: 'SPY', stale: false },
]

test('a silent market is old, and so is what counts it in', () => {
  const stale = staleOf(false, quotes)
  expect([stale('SPX'), stale('SPY'), stale()]).toEqual([true, false, true])
})

test('without a line everything is old, and with one nothing that was not said to be', () => {
  expect([staleOf(true, null)('SPY'), staleOf(true, quotes)()]).toEqual([true, true])
  expect([staleOf(false, null)('SPY'), staleOf(false, quotes.slice(1))()]).toEqual([false, false])
})
