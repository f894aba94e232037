import { describe, expect, it } from 'vitest'
import { emptyColumns, type Columns, type Layout } from '@/lib/stream/chain_topic'
import { fields } from './fields'
import { parseFilter, passes } from './filter'
import { nearest, strikeRows } from './rows'

const layout: Layout = {
  topic: 'chain:SPX',
  number: 1,
  symbol: 'SPX',
  epoch: 'e',
  layout: 1,
  base_ns: 0,
  contracts: ['SPXW  261127P05000000', 'SPXW  261120C05000000', 'SPXW  261120P05000000', 'SPX   261120C05000000', 'SPXW  261120C05005000'],
  rights: 'PCPCC',
  strikes_micros: [5e9, 5e9, 5e9, 5e9, 5005e6],
  expiries: ['2026-11-27', '2026-11-20', '2026-11-20', '2026-11-20', '2026-11-20'],
  settles: 'PPPAP',
}

describe('rows of a chain', () => {
  it('put call and put of a strike together, and roots of a day apart, AM first', () => {
    const rows = strikeRows(layout)
    expect(rows.map((r) => [r.expiry, r.root, r.strike_micros / 1e6, r.call, r.put])).toEqual([
      ['2026-11-20', 'SPX', 5000, 3, -1],
      ['2026-11-20', 'SPXW', 5000, 1, 2],
      ['2026-11-20', 'SPXW', 5005, 4, -1],
      ['2026-11-27', 'SPXW', 5000, -1, 0],
    ])
    expect(nearest(rows, 5004)).toBe(2)
    expect(nearest([], 5000)).toBe(-1)
  })
})

describe('the filter', () => {
  const rows = strikeRows(layout)
  const at = rows[1] as (typeof rows)[number]
  const columns: Columns = emptyColumns(5)
  const set = (row: number, bid: number, ask: number, oi: number, delta: number) => {
    ;(columns.ints[0] as Int32Array)[row] = bid * 1e4
    ;(columns.ints[1] as Int32Array)[row] = ask * 1e4
    ;(columns.counts[3] as Uint32Array)[row] = oi
    ;(columns.floats[1] as Float32Array)[row] = delta
  }
  set(1, 1.0, 1.1, 900, 0.25)
  set(2, 30, 31, 10, -0.75)
  const asks = (text: string) => {
    const filter = parseFilter(text)
    if ('wrong' in filter) throw new Error(filter.wrong)
    return passes(filter, columns, at, null)
  }
  it('wants all of it of one side', () => {
    expect(asks('')).toBe(true)
    expect(asks('delta<0.3 oi>500')).toBe(true)
    expect(asks('delta<0.3 oi>500 put')).toBe(false)
    expect(asks('delta > 0.7 oi < 50')).toBe(true)
    expect(asks('delta<-0.7')).toBe(true)
    expect(asks('spread<5% put')).toBe(true)
    expect(asks('spread<5% call')).toBe(false)
    expect(asks('strike>=5000 oi>0.5k')).toBe(true)
    expect(asks('strike>5000')).toBe(false)
  })
  it('lets nothing pass by what is not known', () => {
    expect(asks('iv<90')).toBe(false)
    expect(asks('itm<100')).toBe(false)
  })
  it('names the word that is wrong', () => {
    expect(parseFilter('delta<0.3 blue>3')).toEqual({ wrong: 'blue>3' })
    expect(parseFilter('oi>')).toEqual({ wrong: 'oi>' })
  })
})

it('writes a mid to the half cent only where that matters', () => {
  expect([0.435, 12.025, 5, null].map(fields.mid.text)).toEqual(['0.435', '12.03', '5.00', '—'])
})
