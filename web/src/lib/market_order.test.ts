import { expect, it } from 'vitest'
import { stripOrder } from './market_order'

const named = (...names: string[]) => names.map((symbol) => ({ symbol }))

it('puts VIX first, then the desk’s own order, then the order that everybody knows', () => {
  expect(stripOrder(named('SPX', 'IWM', 'VIX', 'SPY', 'QQQ'), ['SPY', 'QQQ', 'IWM', 'SPX', 'VIX'])).toEqual(named('VIX', 'SPY', 'QQQ', 'IWM', 'SPX'))
  expect(stripOrder(named('AAPL', 'QQQ', 'SPX', 'IWM'), ['IWM'])).toEqual(named('IWM', 'SPX', 'QQQ', 'AAPL'))
})
