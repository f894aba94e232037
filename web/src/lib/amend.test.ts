import { expect, it } from 'vitest'
import type { Order } from '@/api/types.gen'
import { amended } from './amend'

const order = {
  symbol: 'SPY',
  legs: [{ contract: 'SPY   250103P00506000', side: 'sell', ratio: 1, effect: 'open' }],
  quantity: 5,
  filled: 2,
  type: 'stop_limit',
  limit_micros: 1_000_000,
  stop_micros: 900_000,
  time_in_force: 'gtc',
  trade_id: 7,
} as Order

it('is what is left to fill, with what is changed and all that is not', () => {
  expect(amended(order, { limit_micros: 1_050_000 })).toEqual({
    symbol: 'SPY',
    legs: [{ contract: 'SPY   250103P00506000', side: 'sell', ratio: 1 }],
    quantity: 3,
    type: 'stop_limit',
    limit_micros: 1_050_000,
    stop_micros: 900_000,
    time_in_force: 'gtc',
    trade_id: 7,
  })
  expect(amended({ ...order, type: 'limit', stop_micros: null, trade_id: 0 }, { quantity: 4 })).not.toHaveProperty('trade_id')
  expect(amended({ ...order, type: 'limit', stop_micros: null }, { quantity: 4 })).toMatchObject({ quantity: 2, limit_micros: 1_000_000 })
})
