import { describe, expect, it } from 'vitest'
import type { Position, RiskLimit, Scenarios } from '@/api/types.gen'
import { positionWords } from './order_words'
import { gridOf, group, legsLine, nameOf, sum, shareUsed, turnedRound, worstOf, restOf, sumOfOne } from './risk'

const position = (change: Partial<Position>): Position =>
  ({ key: 't1', kind: 'trade', account: 'main', symbol: 'SPY', label: 'x', strategy: null, state: 'open', legs: [], quantity: 1, value_micros: 1e6, pnl_today_micros: 2e6, pnl_micros: 3e6, max_loss_micros: null, delta: 1, gamma: 0, theta: -1, vega: 2, ...change }) as Position

describe('risk', () => {
  it('does not hide what is unknown in a sum', () => {
    expect(sum([1, 2])).toBe(3)
    expect(sum([1, null])).toBeNull()
    expect(sum([])).toBe(0)
  })
  it('puts trades together by strategy and underlying, contracts by expiry', () => {
    const all = [
      position({ key: 't1' }),
      position({ key: 't2', strategy: 'condor', pnl_micros: null }),
      position({ key: 'c1', kind: 'contract', legs: [{ contract: 'SPY   250117P00500000', expiry: '2025-01-17' } as Position['legs'][number]] }),
    ]
    expect(group(all, 'trade', 'by hand').map((r) => r.key)).toEqual(['t1', 't2'])
    expect(group(all, 'strategy', 'by hand').map((r) => [r.label, r.pnl])).toEqual([
      ['by hand', 3],
      ['condor', null],
    ])
    const [spy] = group(all, 'symbol', 'by hand')
    expect([spy?.value, spy?.delta, spy?.pnl]).toEqual([2, 2, null])
    expect(group(all, 'expiry', 'by hand').map((r) => r.label)).toEqual(['2025-01-17'])
    expect(group(all, 'account', 'by hand', new Map([['main', 'Paper']])).map((r) => [r.key, r.label, r.of.length, r.value, r.pnl, r.delta])).toEqual([['main', 'Paper', 2, 2, null, null]])
    expect(group(all, 'account', 'by hand').map((r) => r.label)).toEqual(['main'])
    // Shares of different underlyings do not add up.
    expect(group(all, 'strategy', 'by hand')[0]?.delta).toBeNull()
  })
  it('names a position by its legs, each expiry once', () => {
    const leg = (quantity: number, strike: number, right: 'call' | 'put', expiry: string) => ({ contract: '', quantity, strike_micros: strike * 1e6, right, expiry }) as Position['legs'][number]
    const legs = [leg(-2, 500, 'put', '2025-01-17'), leg(2, 495, 'put', '2025-01-17'), leg(1, 512.5, 'call', '2025-02-21')]
    expect(legsLine(position({ legs }))).toBe('SPY 17 Jan \u22122 500P +2 495P 21 Feb +1 512.5C')
    expect(nameOf(position({ kind: 'contract', legs: legs.slice(0, 1) }))).toBe('SPY 17 Jan 500P')
    expect(legsLine(position({ label: 'old' }))).toBe('old')
  })
  it('names a trade by its structure, as orders and the desk do', () => {
    const legs = [
      { contract: 'SPY   250117P00500000', quantity: -2 },
      { contract: 'SPY   250117P00495000', quantity: 2 },
    ] as Position['legs']
    const trade = position({ legs })
    expect(nameOf(trade)).toBe('SPY 17 Jan vertical 495 / 500')
    expect(group([trade], 'trade', 'by hand').map((r) => r.label)).toEqual([positionWords(trade)])
  })
  it('reads a grid of scenarios day by day', () => {
    const s: Scenarios = { moves: [-0.1, 0, 0.1], vols: [1, 1.5], days: [0, 7], pnl: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, null, -12] }
    expect(gridOf(s, 0)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(gridOf(s, 1)).toEqual([
      [7, 8, 9],
      [10, null, -12],
    ])
    expect(worstOf(s)).toBe(-12)
    expect(worstOf({ ...s, pnl: [null] })).toBeNull()
  })
  it('turns a trade round, in whole packages', () => {
    const leg = (contract: string, quantity: number) => ({ contract, quantity }) as Position['legs'][number]
    const spread = position({ trade_id: 4, quantity: 2, legs: [leg('A', -2), leg('B', 4)] })
    expect(turnedRound(spread)).toEqual({
      symbol: 'SPY',
      legs: [
        { contract: 'A', side: 'buy', ratio: 1 },
        { contract: 'B', side: 'sell', ratio: 2 },
      ],
      quantity: 2,
      type: 'market',
      trade_id: 4,
    })
    // However the desk counts it: by hand a trade is one, of as many packages as its legs have in common.
    expect(turnedRound({ ...spread, quantity: 1 })).toMatchObject({ quantity: 2 })
    expect(turnedRound({ ...spread, legs: [] })).toBeNull()
    expect(turnedRound({ ...spread, kind: 'contract' })).toBeNull()
  })
  it('adds shares of one underlying alone', () => {
    const rows = [position({ symbol: 'SPX', delta: 2 }), position({ symbol: 'SPX', delta: 3 })]
    expect(sumOfOne(rows, (p) => p.delta)).toBe(5)
    expect(sumOfOne([...rows, position({ symbol: 'SPY', delta: 3 })], (p) => p.delta)).toBeNull()
  })
  it('says what today is made of beside what is held', () => {
    expect(restOf(-30_000_000, [10_000_000, -60_000_000])).toBe(20_000_000)
    expect(restOf(-50_100_000, [10_000_000, -60_000_000])).toBeNull()
    expect(restOf(-30_000_000, [null, 1])).toBeNull()
    expect(restOf(null, [1])).toBeNull()
  })
  it('says how much of a limit is used', () => {
    const limit = (value: number | null, bound: number | null) => shareUsed({ value, bound } as RiskLimit)
    expect(limit(-25, 50)).toBe(0.5)
    expect(limit(null, 50)).toBeNull()
    expect(limit(5, 0)).toBeNull()
  })
})
