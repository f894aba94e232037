/*
 * The words of the chain's filter box: `delta<0.3 oi>500 spread<5%`. A row stays where a call or a put meets
 * all of them; `call` or `put` says which. Delta is compared without its sign, so that one filter fits both sides.
 */
import type { Columns } from '@/lib/stream/chain_topic'
import { fields, type ExpiryFacts, type FieldId } from './fields'
import type { StrikeRow } from './rows'

type Test = (columns: Columns, row: number, at: StrikeRow, right: 'call' | 'put', expiry: ExpiryFacts | null) => boolean

export interface Filter {
  rights: readonly ('call' | 'put')[]
  strike: readonly ((strike: number) => boolean)[]
  tests: readonly Test[]
}

const names: Record<string, FieldId | 'strike'> = {
  bid: 'bid',
  ask: 'ask',
  mid: 'mid',
  last: 'last',
  size: 'bidSize',
  volume: 'volume',
  vol: 'volume',
  oi: 'oi',
  iv: 'iv',
  delta: 'delta',
  gamma: 'gamma',
  theta: 'theta',
  vega: 'vega',
  spread: 'spread',
  itm: 'itm',
  pop: 'itm',
  strike: 'strike',
}

const compare: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
}

/** The filter, or the word that is none. */
export function parseFilter(text: string): Filter | { wrong: string } {
  const rights = new Set<'call' | 'put'>()
  const strike: ((strike: number) => boolean)[] = []
  const tests: Test[] = []
  for (const word of text.trim().toLowerCase().replaceAll(/\s*(<=|>=|<|>|=)\s*/g, '$1').split(/[\s,]+/)) {
    if (word === '') continue
    if (/^calls?$/.test(word)) rights.add('call')
    else if (/^puts?$/.test(word)) rights.add('put')
    else {
      const found = /^([a-z]+)(<=|>=|<|>|=)(-?[\d.]+)(%|k)?$/.exec(word)
      const name = names[found?.[1] ?? '']
      const wanted = Number(found?.[3])
      if (!found || !name || !Number.isFinite(wanted)) return { wrong: word }
      const is = compare[found[2] ?? ''] as (a: number, b: number) => boolean
      const scaled = found[4] === 'k' ? wanted * 1000 : wanted
      if (name === 'strike') strike.push((value) => is(value, scaled))
      else {
        // Shares are written as people say them: spread<5 and spread<5% are the same, iv>20 too.
        const bound = ['spread', 'itm', 'iv'].includes(name) && (found[4] === '%' || scaled > 1) ? scaled / 100 : scaled
        const sized = name === 'delta' && wanted >= 0
        const { read } = fields[name]
        tests.push((...args) => {
          const value = read(...args)
          return value !== null && is(sized ? Math.abs(value) : value, bound)
        })
      }
    }
  }
  return { rights: rights.size ? [...rights] : ['call', 'put'], strike, tests }
}

export function passes(filter: Filter, columns: Columns, at: StrikeRow, expiry: ExpiryFacts | null): boolean {
  if (!filter.strike.every((test) => test(at.strike_micros / 1e6))) return false
  return filter.rights.some((right) => {
    const row = right === 'call' ? at.call : at.put
    return row >= 0 && filter.tests.every((test) => test(columns, row, at, right, expiry))
  })
}
