/* Tables as CSV (RFC 4180). */
import type { Report } from './types'

type Cell = string | number | boolean | null | undefined

/** A cell that a spreadsheet would take for a formula is told apart by a quote in front. */
export function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

function iso(ns: number | null): string {
  return ns === null ? '' : new Date(ns / 1e6).toISOString()
}

export function tradesCsv({ trades }: Report): string {
  return csv(
    ['id', 'structure', 'opened', 'closed', 'reason', 'units', 'entry_cash', 'exit_cash', 'costs', 'spread_cost', 'pnl', 'best', 'worst', 'underlying_entry', 'underlying_exit', 'legs'],
    trades.map((t) => [
      t.id,
      t.structure,
      iso(t.opened_ns),
      iso(t.closed_ns),
      t.reason,
      t.units,
      t.entry_cash,
      t.exit_cash,
      t.costs,
      t.spread_cost,
      t.pnl,
      t.best,
      t.worst,
      t.underlying_entry,
      t.underlying_exit,
      t.legs.map((leg) => [leg.quantity, leg.kind === 'stock' ? 'stock' : `${leg.root} ${leg.expiry} ${leg.right}${leg.strike}`].join(' x ')).join('; '),
    ]),
  )
}

export function pointsCsv({ points }: Report): string {
  return csv(
    ['time', 'equity', 'cash', 'options', 'stock', 'underlying', 'delta', 'gamma', 'vega', 'theta', 'open_trades'],
    points.map((p) => [iso(p.time_ns), p.equity, p.cash, p.options, p.stock, p.underlying, p.delta, p.gamma, p.vega, p.theta, p.open_trades]),
  )
}
