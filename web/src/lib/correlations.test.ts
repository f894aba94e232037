import { describe, expect, it } from 'vitest'
import type { CorrelationPair, Correlations } from '@/api/types.gen'
import { breaksOf, lacking, matrixOf } from './correlations'

const pair = (a: string, b: string, score: number | null): CorrelationPair => ({ a, b, n: 80, recent: 0.4, before: 0.9, score, p: null })

const all: Correlations = {
  market_ns: 0,
  of: 'days',
  n_recent: 20,
  n_before: 60,
  needs: 80,
  alarm: 3,
  series: [
    { symbol: 'SPY', prices: 81, first_ns: 1, last_ns: 2 },
    { symbol: 'QQQ', prices: 400, first_ns: 1, last_ns: 2 },
    { symbol: 'IWM', prices: 80, first_ns: 1, last_ns: 2 },
  ],
  pairs: [pair('SPY', 'QQQ', 3.2), pair('SPY', 'IWM', null), pair('QQQ', 'IWM', -4.1)],
}

describe('correlations', () => {
  it('has each pair on both sides of an empty diagonal', () => {
    const map = matrixOf(all)
    expect(map.map((row) => row.map((p) => p && `${p.a} ${p.b}`))).toEqual([
      [null, 'SPY QQQ', 'SPY IWM'],
      ['SPY QQQ', null, 'QQQ IWM'],
      ['SPY IWM', 'QQQ IWM', null],
    ])
  })
  it('lists what has changed by more than a score, up or down, the worst first', () => {
    expect(breaksOf(all.pairs, 3).map((p) => p.score)).toEqual([-4.1, 3.2])
    expect(breaksOf(all.pairs, 4).map((p) => p.score)).toEqual([-4.1])
    expect(breaksOf(all.pairs, 5)).toEqual([])
  })
  it('says who has too few prices: a return takes two', () => {
    expect(lacking(all)).toEqual([{ symbol: 'IWM', prices: 80 }])
  })
})
