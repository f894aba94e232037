import { expect, test } from 'vitest'
import type { Position, PositionLeg } from '@/api/types.gen'
import { exitOrders, gainAt, isDebit, isPast, priceAt, wayOut, wayOutOf } from './exits'

const leg = (contract: string, quantity: number, entry: number, mark: number, more: Partial<PositionLeg> = {}): PositionLeg => ({
  contract, right: 'put', strike_micros: 500e6, expiry: '2026-12-18', quantity, multiplier: 100, entry_micros: entry * 1e6, mark_micros: mark * 1e6,
  bid_micros: (mark - 0.05) * 1e6, ask_micros: (mark + 0.05) * 1e6, marked_ns: null, value_micros: null, vol: null, delta: null, gamma: null, theta: null, vega: null, ...more,
})
// The desk counts a trade by hand as one package, however many there are.
const trade = (cash: number, legs: PositionLeg[]) => ({ key: 't7', kind: 'trade', trade_id: 7, symbol: 'SPY', quantity: 1, cash_micros: cash * 1e6, legs }) as Position

// Sold for 2.00, twice; it would cost 1.50 now.
const credit = trade(400, [leg('SPY   261218P00500000', -2, 5, 4), leg('SPY   261218P00490000', 2, 3, 2.5)])
// Bought for 4.00; it would bring 5.00.
const debit = trade(-400, [leg('SPY   261218P00500000', 1, 4, 5)])

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
  // One alone needs no word that ties it to another; of one leg the stop is a plain price.
  expect(exitOrders(way, null, -2, 'day', 'x')).toEqual([{ ...way.order, type: 'stop', stop_micros: 2e6, time_in_force: 'day' }])
})

test('a price stands on a step that the exchange has', () => {
  const one = wayOut(trade(640, [leg('SPXW  261218P05000000', -1, 6.4, 6)]))
  if (!one) throw new Error('no way out')
  expect(priceAt(one, 0.5)).toBe(3.2) // dimes from three dollars on
  expect(priceAt(one, 0.6)).toBe(2.55)
  const cheap = wayOut(trade(64, [leg('a', -1, 1.01, 1.02, { bid_micros: 1.01e6 }), leg('b', 1, 0.37, 0.35)]))
  if (!cheap) throw new Error('no way out')
  expect(priceAt(cheap, 0.5)).toBe(0.32)
})

test('what is left of a trade has its way out too', () => {
  // Five sold at 4.00, two of them back at 3.00: the other three break even at 4.67.
  const way = wayOut(trade(1400, [leg('a', -3, 4, 5)]))
  if (!way) throw new Error('no way out')
  expect(way.order).toMatchObject({ quantity: 3, legs: [{ contract: 'a', side: 'buy', ratio: 1 }] })
  expect(way.entry).toBeCloseTo(14 / 3)
  expect(gainAt(way, 5)).toBeCloseTo(-100)
})

test('a part that was closed well does not turn the sign', () => {
  // Two calls bought at 1.00, one sold at 3.00: the other is for nothing, and brings 3.00.
  const way = wayOut(trade(100, [leg('a', 1, 1, 3, { right: 'call' })]))
  if (!way) throw new Error('no way out')
  expect(isDebit(way)).toBe(false)
  expect([priceAt(way, 0.5), priceAt(way, -0.5)]).toEqual([-4.5, -1.5])
  expect(exitOrders(way, null, -1.5, 'day', 'x')[0]).toMatchObject({ type: 'stop', stop_micros: 1_500_000 })
})

test('what has no price, or shares, has none', () => {
  expect(wayOut(trade(-400, [leg('a', 1, 4, 5, { mark_micros: null })]))).toBeNull()
  expect(wayOut(trade(0, [leg('a', -1, 4, 5), leg('stock', 100, 500, 501, { right: null, multiplier: 1 })]))).toBeNull()
})

test('an order that is not sent yet knows where it will break even', () => {
  const order = { symbol: 'SPX', legs: [{ contract: 'a', side: 'sell' as const, ratio: 1 }, { contract: 'b', side: 'buy' as const, ratio: 1 }], quantity: 2, type: 'limit' as const }
  const sold = wayOutOf(order, -1_950_000, 100, 0.05)
  expect([priceAt(sold, 0.5), priceAt(sold, -1)]).toEqual([1, 3.9])
  expect(gainAt(sold, 0.95)).toBeCloseTo(200)
  expect([isPast(sold, 'target', 1.95), isPast(sold, 'target', 1.9), isPast(sold, 'stop', 1.95), isPast(sold, 'stop', 2)]).toEqual([true, false, true, false])
  const bought = wayOutOf(order, 4_000_000, 100, 0.05)
  expect([priceAt(bought, 0.5), priceAt(bought, -0.5)]).toEqual([-6, -2])
})
