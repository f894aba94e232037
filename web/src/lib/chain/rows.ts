/* A chain's rows as one reads them: for each expiry and strike the call's row and the put's. */
import type { Layout } from '@/lib/stream/chain_topic'
import type { ChainBook } from '@/lib/stream/chain_book'
import { parseOcc } from '@/lib/occ'

export interface StrikeRow {
  expiry: string
  root: string
  settle: 'am' | 'pm'
  strike_micros: number
  /** Rows of the book; -1: no such contract. */
  call: number
  put: number
}

export function strikeRows(layout: Layout): StrikeRow[] {
  const found = new Map<string, StrikeRow>()
  layout.contracts.forEach((contract, i) => {
    const root = parseOcc(contract)?.root ?? layout.symbol
    const expiry = layout.expiries[i] ?? ''
    const strike_micros = layout.strikes_micros[i] ?? 0
    const key = `${expiry} ${root} ${strike_micros}`
    const row = found.get(key) ?? { expiry, root, settle: layout.settles[i] === 'A' ? 'am' : 'pm', strike_micros, call: -1, put: -1 }
    if (layout.rights[i] === 'C') row.call = i
    else row.put = i
    found.set(key, row)
  })
  // AM settles before PM on the same day.
  return [...found.values()].toSorted((a, b) => a.expiry.localeCompare(b.expiry) || a.settle.localeCompare(b.settle) || a.root.localeCompare(b.root) || a.strike_micros - b.strike_micros)
}

const kept = new WeakMap<Layout, StrikeRow[]>()

/** The same rows for the same layout. */
export function rowsOf(book: ChainBook): StrikeRow[] {
  const layout = book.layout
  if (!layout) return []
  const rows = kept.get(layout) ?? strikeRows(layout)
  kept.set(layout, rows)
  return rows
}

/** The row nearest to a price, of one expiry; -1 where there is none. */
export function nearest(rows: readonly StrikeRow[], price: number | null): number {
  if (price === null) return rows.length ? Math.floor(rows.length / 2) : -1
  let best = -1
  let away = Infinity
  rows.forEach((row, i) => {
    const distance = Math.abs(row.strike_micros / 1e6 - price)
    if (distance < away) {
      away = distance
      best = i
    }
  })
  return best
}
