import { expect, it } from 'vitest'
import type { Position, Preview } from '@/api/types.gen'
import type { DraftFields, Leg } from '@/state/draft'
import { contractWords, orderWords, positionWords, sendWords } from './order_words'

const leg = (right: 'call' | 'put', strike: number, side: 'buy' | 'sell'): Leg => ({ root: 'SPXW', expiry: '2025-01-03', right, strike_micros: strike * 1e6, side, ratio: 1 })
const condor: DraftFields = {
  symbol: 'SPX',
  legs: [leg('put', 5060, 'buy'), leg('put', 5090, 'sell'), leg('call', 5225, 'sell'), leg('call', 5250, 'buy')],
  quantity: 2,
  type: 'limit',
  limit_micros: null,
  stop_micros: null,
  tif: 'day',
  trade_id: null,
  exits: null,
}
const preview = { max_loss_micros: 3_610_000_000, loss_unbounded: false, natural_micros: -5_900_000 } as Preview

it('names on the button what it does, the limit and the most that can be lost', () => {
  expect(sendWords(condor, -1_950_000, preview)).toBe('Sell 2 iron condors, credit ≥ 1.95, max loss $3,610')
  expect(sendWords({ ...condor, quantity: 1 }, 2_100_000, { ...preview, loss_unbounded: true })).toBe('Buy 1 iron condor, debit ≤ 2.10, max loss unlimited')
  expect(sendWords({ ...condor, type: 'market' }, null, preview)).toContain('at the market')
  expect(sendWords({ ...condor, type: 'stop', stop_micros: 3_000_000 }, null, preview)).toMatch(/at the market.* once it costs 3\.00/)
  expect(sendWords({ ...condor, exits: { target_micros: 950_000, stop_micros: 3_900_000 } }, -1_950_000, preview)).toContain(', way out at 0.95 / 3.90, max loss')
  // What closes a trade risks nothing new.
  expect(sendWords({ ...condor, trade_id: 7 }, 1_000_000, preview)).not.toContain('max loss')
})

it('names an order by its structure', () => {
  const legs = [
    { contract: 'SPXW  250103P05090000', side: 'sell' as const, ratio: 1 },
    { contract: 'SPXW  250103P05060000', side: 'buy' as const, ratio: 1 },
  ]
  expect(orderWords({ symbol: 'SPX', legs, text: 'raw' })).toBe('SPX 3 Jan vertical 5060 / 5090')
  expect(orderWords({ symbol: 'SPY', legs: [{ contract: 'stock', side: 'buy', ratio: 1 }], text: 'raw' })).toBe('raw')
})

it('names what is held, in packages', () => {
  const legs = [
    { contract: 'SPXW  250103P05090000', quantity: -3 },
    { contract: 'SPXW  250103P05060000', quantity: 3 },
    { contract: 'SPXW  250103P05000000', quantity: 0 },
  ] as Position['legs']
  expect(positionWords({ symbol: 'SPX', legs, label: 'raw' })).toBe('SPX 3 Jan vertical 5060 / 5090')
  expect(positionWords({ symbol: 'SPX', legs: [], label: 'raw' })).toBe('raw')
  // What is about to be opened holds nothing yet.
  expect(positionWords({ symbol: 'SPX', legs: [], label: '', state: 'opening' })).toBe('SPX, opening')
  expect(positionWords({ symbol: 'SPX', legs: [], label: '' })).toBe('SPX')
})

it('says whose shares they are', () => {
  const legs = [{ contract: 'stock', quantity: 10 }] as Position['legs']
  expect(positionWords({ symbol: 'SPY', legs, label: '+10 stock' })).toBe('+10 SPY shares')
  const call = { contract: 'SPY   250103C00510000', quantity: -1 } as Position['legs'][number]
  expect(positionWords({ symbol: 'SPY', legs: [...legs, call], label: 'raw' })).toBe('+10 SPY shares, \u22121 SPY 3 Jan 510 call')
})

it('names a contract so that it can be read', () => {
  expect(contractWords('SPXW  250103P05060000', 'SPX')).toBe('SPXW 3 Jan 5060 put')
  expect(contractWords('stock', 'SPY')).toBe('SPY shares')
  expect(contractWords('stock', '')).toBe('stock')
})
