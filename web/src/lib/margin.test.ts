import { describe, expect, it } from 'vitest'
import type { MarginGrid, MarginGroup, MarginRow } from '@/api/types.gen'
import { addedBy, heaviest, largestOf, movesOf, rowsOf } from './margin'

const points = (at: number) => [at, ...Array<number>(9).fill(0)].map((value) => value * 1e6)
const row = (symbol: string, at: number): MarginRow => ({ symbol, moves: [-0.08, -0.06, -0.04, -0.03, -0.01, 0.01, 0.02, 0.03, 0.05, 0.06], pnl_micros: points(at), minimum_micros: 37.5e6 })

/* SPY and XSP lose 12,000 together, QQQ makes 3,200 against it, of which 90 % count. */
const group: MarginGroup = {
  name: 'high-cap',
  classes: [
    { name: 'SPX', rows: [row('SPY', -8000), row('XSP', -4000)], pnl_micros: points(-12000) },
    { name: 'NDX', rows: [row('QQQ', 3200)], pnl_micros: points(3200) },
  ],
  offset: 0.9,
  pnl_micros: points(-9120),
  worst: 0,
  loss_micros: 9120e6,
  minimum_micros: 112.5e6,
  requirement_micros: 9120e6,
  reason: '',
}
const alone: MarginGroup = { ...group, name: 'XYZ', classes: [{ name: 'XYZ', rows: [row('XYZ', -50)], pnl_micros: points(-50) }], offset: 1, pnl_micros: points(-50), loss_micros: 50e6, requirement_micros: 112.5e6 }
const grid = { groups: [alone, group] } as MarginGrid

describe('margin', () => {
  it('leads from underlyings to what counts', () => {
    expect(rowsOf(group).map((r) => [r.kind, r.name, r.pnl[0], r.minimum])).toEqual([
      ['underlying', 'SPY', -8000, 37.5],
      ['underlying', 'XSP', -4000, 37.5],
      ['class', 'SPX', -12000, null],
      ['underlying', 'QQQ', 3200, 37.5],
      ['offset', '', -320, null],
      ['group', 'high-cap', -9120, 112.5],
    ])
  })
  it('says nothing twice of what stands alone', () => {
    expect(rowsOf(alone).map((r) => [r.kind, r.name])).toEqual([['alone', 'XYZ']])
    expect(rowsOf({ ...group, classes: group.classes.slice(1) }).map((r) => r.name)).toEqual(['QQQ · high-cap'])
    expect(rowsOf({ ...group, classes: group.classes.slice(0, 1) }).map((r) => r.kind)).toEqual(['underlying', 'underlying', 'group'])
    expect(movesOf(alone)[0]).toBe(-0.08)
  })
  it('knows what asks the most and how far its colours go', () => {
    expect(heaviest(grid)?.name).toBe('high-cap')
    expect(heaviest({ ...grid, groups: [] })).toBeNull()
    expect(largestOf(grid)).toBe(12000)
    expect(largestOf({ ...grid, groups: [] })).toBe(1)
  })
})

it('tells what an order adds from what the account holds after it', () => {
  expect(addedBy(12_000e6, 15_200e6)).toEqual({ added: 3200, total: 15_200 })
  // One that closes frees some.
  expect(addedBy(15_200e6, 12_000e6)).toEqual({ added: -3200, total: 12_000 })
  expect(addedBy(null, 12_000e6)).toEqual({ added: null, total: 12_000 })
  expect(addedBy(5, undefined)).toEqual({ added: null, total: null })
})
