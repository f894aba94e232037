import { expect, test } from 'vitest'
import { oldOf } from './age'

const quotes = [
  { symbol: 'SPX', stale: true },
  { symbol: 'SPY', stale: false },
]

test('a silent market is old, and so is what counts it in', () => {
  const old = oldOf(false, quotes)
  expect([old('SPX'), old('SPY'), old()]).toEqual(['silent', null, 'silent'])
})

test('without a line everything is old, and with one nothing that was not said to be', () => {
  expect([oldOf(true, null)('SPY'), oldOf(true, quotes)()]).toEqual(['lost', 'lost'])
  expect([oldOf(false, null)('SPY'), oldOf(false, quotes.slice(1))()]).toEqual([null, null])
})
