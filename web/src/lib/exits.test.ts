import { expect, test } from 'vitest'
import type { Position, PositionLeg } from '@/api/types.gen'
import { exitOrders, gainAt, isPast, priceAt, wayOut } from './exits'

const leg = (contract: string, quantity: number, entry: number, mark: number, more: Partial<PositionLeg> = {}): PositionLeg => ({
  contract, right: 'put', strike_micros: 500e6, expiry: '2026-12-18', quantity, multiplier: 100, entry_micros: entry * 1e6, mark_micros: mark * 1e6,
  bid_micros: (mark - 0.05) * 1e6, ask_micros: (mark + 0.05) * 1e6, marked_ns: null, value_micros: null, vol: null, delta: null, gamma: null, theta: null, vega: null, ...more,
})
const trade = (quantity: number, legs: PositionLeg[]) => ({ key: 't7', kind: 'trade', trade_id: 7, symbol: 'SPY', quantity, legs }) as Position

// Sold for 2.00, twice; it would cost 1.50 now.
const credit = trade(2, [leg('SPY   261218P00500000', -2, 5, 4), leg('SPY   261218P00490000', 2, 3, 2.5)])
// Bought for 4.00; it would bring 5.00.
const debit = trade(1, [leg('SPY   261218P00500000', 1, 4, 5)])

test('a credit is taken back at half of it, and given up at twice', () => {
  const way = wayOut(credit)
  if (!way) throw new Error('no way out')
  expect([way.entry, way.now, way.worth, way.tick]).toEqual([2, 1.5, 200, 0.05])
  expect(priceAt(way, 0.5)).toBe(1)
  expect(priceAt(way, -1)).toBe(4)
  expect(gainAt(way, 1)).toBe(200)
  expect(gainAt(way, 4)).toBe(-400)
  expect([isPast(way, 'target', 1), isPast(way, 'target', 1.6), isPast(way, 'stop', 4), isPast(way, 'stop', 1.4)]).toEqual([false, true, false, true])
  const [target, stop] = exitOrders(way, 1, 4, 'gtc', 'exit-t7')
  expect(target).toEqual({
    symbol: 'SPY', quantity: 2, trade_id: 7, type: 'limit', limit_micros: 1e6, time_in_force: 'gtc', oco: 'exit-t7',
    legs: [{ contract: 'SPY   261218P00500000', side: 'buy', ratio: 1 }, { contract: 'SPY   261218P00490000', side: 'sell', ratio: 1 }],
  })
  expect(stop).toMatchObject({ type: 'stop', stop_micros: 4e6, oco: 'exit-t7' })
  expect(stop?.limit_micros).toBeUndefined()
})

test('a debit is sold for half more, or for half', () => {
  const way = wayOut(debit)
  if (!way) throw new Error('no way out')
  expect([way.entry, way.now]).toEqual([-4, -5])
  expect(priceAt(way, 0.5)).toBe(-6)
  expect(priceAt(way, -0.5)).toBe(-2)
  expect(gainAt(way, -6)).toBe(200)
  // One alone needs no word that ties it to another.
  expect(exitOrders(way, null, -2, 'day', 'x')).toEqual([{ ...way.order, type: 'stop', stop_micros: -2e6, time_in_force: 'day' }])
})

test('what has no price, shares, or broken packages has none', () => {
  expect(wayOut(trade(1, [leg('a', 1, 4, 5, { mark_micros: null })]))).toBeNull()
  expect(wayOut(trade(1, [leg('a', -1, 4, 5), leg('stock', 100, 500, 501, { right: null, multiplier: 1 })]))).toBeNull()
  expect(wayOut(trade(2, [leg('a', -3, 4, 5)]))).toBeNull()
})
