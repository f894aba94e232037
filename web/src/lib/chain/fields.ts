/* What can be said of one side of a row, computed from the book's columns: the chain's columns and its filter read these. */
import { ASK, ASK_SIZE, BID, BID_SIZE, countAt, DELTA, floatAt, GAMMA, LAST, OPEN_INTEREST, priceAt, THETA, VEGA, VOL, VOLUME, type Columns } from '@/lib/stream/chain_topic'
import { normCdf } from '@/lib/payoff/black'
import { compact, number, percent } from '@/lib/format'
import type { FactId } from '@/i18n/en/facts'
import type { StrikeRow } from './rows'

export type FieldId = 'bid' | 'ask' | 'mid' | 'last' | 'bidSize' | 'askSize' | 'volume' | 'oi' | 'iv' | 'delta' | 'gamma' | 'theta' | 'vega' | 'spread' | 'itm' | 'touch'

/** What is known of the expiry of a row. */
export interface ExpiryFacts {
  forward: number | null
  years: number
}

export interface Field {
  id: FieldId
  /** Pixels at the compact density. */
  width: number
  read: (columns: Columns, row: number, at: StrikeRow, right: 'call' | 'put', expiry: ExpiryFacts | null) => number | null
  text: (value: number | null) => string
  help: FactId
}

const TENTHS = 10_000

function dollarsAt(columns: Columns, column: number, row: number): number | null {
  const value = priceAt(columns, column, row)
  return value === null ? null : value / TENTHS
}

function mid(columns: Columns, row: number): number | null {
  const bid = dollarsAt(columns, BID, row)
  const ask = dollarsAt(columns, ASK, row)
  return bid === null || ask === null ? null : (bid + ask) / 2
}

function chance(columns: Columns, row: number, at: StrikeRow, right: 'call' | 'put', expiry: ExpiryFacts | null): number | null {
  const vol = floatAt(columns, VOL, row)
  if (vol === null || !expiry?.forward || expiry.years <= 0) return null
  const sd = vol * Math.sqrt(expiry.years)
  const d2 = Math.log(expiry.forward / (at.strike_micros / 1e6)) / sd - sd / 2
  return normCdf(right === 'call' ? d2 : -d2)
}

const price = (value: number | null) => number(value, 2)

/** Half a cent matters where the whole is less than a dollar. */
const midText = (value: number | null) => number(value, value !== null && Math.abs(value) < 1 ? 3 : 2)

export const fields: Record<FieldId, Field> = {
  bid: { id: 'bid', width: 66, read: (c, r) => dollarsAt(c, BID, r), text: price, help: 'bid' },
  ask: { id: 'ask', width: 66, read: (c, r) => dollarsAt(c, ASK, r), text: price, help: 'ask' },
  mid: { id: 'mid', width: 66, read: (c, r) => mid(c, r), text: midText, help: 'mid' },
  last: { id: 'last', width: 62, read: (c, r) => dollarsAt(c, LAST, r), text: price, help: 'lastTrade' },
  bidSize: { id: 'bidSize', width: 48, read: (c, r) => countAt(c, BID_SIZE, r), text: compact, help: 'bidSize' },
  askSize: { id: 'askSize', width: 48, read: (c, r) => countAt(c, ASK_SIZE, r), text: compact, help: 'askSize' },
  volume: { id: 'volume', width: 58, read: (c, r) => countAt(c, VOLUME, r), text: compact, help: 'volume' },
  oi: { id: 'oi', width: 58, read: (c, r) => countAt(c, OPEN_INTEREST, r), text: compact, help: 'openInterest' },
  iv: { id: 'iv', width: 54, read: (c, r) => floatAt(c, VOL, r), text: (v) => (v === null ? number(null) : number(v * 100, 1)), help: 'iv' },
  delta: { id: 'delta', width: 58, read: (c, r) => floatAt(c, DELTA, r), text: (v) => number(v, 3), help: 'delta' },
  gamma: { id: 'gamma', width: 62, read: (c, r) => floatAt(c, GAMMA, r), text: (v) => number(v, 4), help: 'gamma' },
  theta: { id: 'theta', width: 58, read: (c, r) => floatAt(c, THETA, r), text: (v) => number(v, 2), help: 'theta' },
  vega: { id: 'vega', width: 54, read: (c, r) => floatAt(c, VEGA, r), text: (v) => number(v, 2), help: 'vega' },
  spread: {
    id: 'spread',
    width: 62,
    read: (c, r) => {
      const bid = dollarsAt(c, BID, r)
      const ask = dollarsAt(c, ASK, r)
      return bid === null || ask === null || bid + ask <= 0 ? null : ((ask - bid) * 2) / (ask + bid)
    },
    text: (v) => percent(v, 1),
    help: 'spread',
  },
  itm: { id: 'itm', width: 62, read: chance, text: (v) => percent(v, 1), help: 'probItm' },
  touch: {
    id: 'touch',
    width: 62,
    // Twice the chance to end there, as a path that touches ends on either side alike.
    read: (...args) => {
      const p = chance(...args)
      return p === null ? null : Math.min(1, p > 0.5 ? 1 : 2 * p)
    },
    text: (v) => percent(v, 1),
    help: 'probTouch',
  },
}

/** From the outer edge to the strike; the puts mirror it. */
export const columnSets = {
  overview: ['oi', 'volume', 'theta', 'vega', 'delta', 'iv', 'bid', 'ask'],
  quotes: ['oi', 'volume', 'last', 'mid', 'bidSize', 'bid', 'ask', 'askSize'],
  greeks: ['vega', 'theta', 'gamma', 'delta', 'iv', 'bid', 'ask'],
  liquidity: ['oi', 'volume', 'bidSize', 'askSize', 'spread', 'bid', 'ask'],
  probability: ['delta', 'iv', 'touch', 'itm', 'mid', 'bid', 'ask'],
  phone: ['delta', 'bid', 'ask'],
} as const satisfies Record<string, readonly FieldId[]>

export type ColumnSet = keyof typeof columnSets | 'custom'

/** What a person may choose among for columns of their own; bid and ask are always there, as they are what one clicks. */
export const choosable = (Object.keys(fields) as FieldId[]).filter((id) => id !== 'bid' && id !== 'ask')

/** The fields of a set, from the outer edge to the strike. */
export function fieldsOf(set: ColumnSet, own: readonly string[]): readonly FieldId[] {
  if (set !== 'custom') return columnSets[set]
  return [...choosable.filter((id) => own.includes(id)), 'bid', 'ask']
}
