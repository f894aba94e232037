/* Positions put together, and scenario grids read, for the screens of risk. What is unknown makes a sum unknown. */
import type { OrderNew, Position, RiskLimit, Scenarios } from '@/api/types.gen'
import { day, MINUS, strike } from './format'
import { parseOcc } from './occ'
import { positionWords } from './order_words'

export type Grouping = 'trade' | 'contract' | 'strategy' | 'symbol' | 'expiry' | 'account'

export interface Row {
  key: string
  label: string
  quantity: number | null
  value: number | null
  today: number | null
  pnl: number | null
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
  maxLoss: number | null
  strategy: string | null
  state: string
  /** The positions that it stands for. */
  of: Position[]
}

/** What is shown in whole dollars is nothing below. */
const HALF_A_DOLLAR = 500_000

const dollars = (micros: number | null) => (micros === null ? null : micros / 1e6)

/** What it is called, the same on every screen: a trade by its structure, a contract by itself. */
export function nameOf(p: Position): string {
  return p.kind === 'contract' ? legsLine(p) : positionWords(p)
}

/** "SPY 17 Jan −2 500P +2 495P": an expiry is said once for the legs that share it. */
export function legsLine(p: Position): string {
  if (p.legs.length === 0) return p.label || p.symbol
  let said = ''
  const legs = p.legs.map((leg) => {
    const count = leg.quantity < 0 ? `${MINUS}${-leg.quantity}` : `+${leg.quantity}`
    if (leg.right === null || leg.strike_micros === null || leg.expiry === null) return `${count} ${p.symbol}`
    const when = leg.expiry === said ? '' : `${day(leg.expiry)} `
    said = leg.expiry
    return `${when}${p.kind === 'contract' ? '' : `${count} `}${strike(leg.strike_micros)}${leg.right === 'call' ? 'C' : 'P'}`
  })
  return `${p.symbol} ${legs.join(' ')}`
}

function rowOf(p: Position): Row {
  return {
    key: p.key,
    label: nameOf(p),
    quantity: p.quantity,
    value: dollars(p.value_micros),
    today: dollars(p.pnl_today_micros),
    pnl: dollars(p.pnl_micros),
    delta: p.delta,
    gamma: p.gamma,
    theta: p.theta,
    vega: p.vega,
    maxLoss: dollars(p.max_loss_micros),
    strategy: p.strategy,
    state: p.state,
    of: [p],
  }
}

export function sum(values: readonly (number | null)[]): number | null {
  let total = 0
  for (const value of values) {
    if (value === null) return null
    total += value
  }
  return total
}

/** Shares of one underlying add up; of several they are none of anything. */
export function sumOfOne<T>(rows: readonly (T & { symbol: string })[], pick: (row: T) => number | null): number | null {
  return rows.some((row) => row.symbol !== rows[0]?.symbol) ? null : sum(rows.map(pick))
}

/** What the account made today beside its trades at hand: by those that were closed, mostly. Null: not known, or nothing. */
export function restOf(total: number | null, parts: readonly (number | null)[]): number | null {
  const known = sum(parts)
  const rest = total === null || known === null ? null : total - known
  return rest === null || Math.abs(rest) < HALF_A_DOLLAR ? null : rest
}

function groupOf(p: Position, by: Grouping, byHand: string): string {
  if (by === 'symbol') return p.symbol
  if (by === 'account') return p.account
  if (by === 'strategy') return p.strategy ?? byHand
  const expiries = p.legs.map((leg) => leg.expiry ?? parseOcc(leg.contract)?.expiry ?? '').filter(Boolean)
  return expiries.sort()[0] ?? '—'
}

/** Rows of the table: single positions, or sums of them; accounts by their names, where those are known. Contracts and trades are two views of the same holdings. */
export function group(positions: readonly Position[], by: Grouping, byHand: string, accounts: ReadonlyMap<string, string> = new Map()): Row[] {
  if (by === 'trade' || by === 'contract') return positions.filter((p) => p.kind === by).map(rowOf)
  // An expiry is a matter of contracts; strategies hold trades.
  const kind = by === 'expiry' ? 'contract' : 'trade'
  const groups = new Map<string, Position[]>()
  for (const p of positions) {
    if (p.kind !== kind) continue
    const name = groupOf(p, by, byHand)
    groups.set(name, [...(groups.get(name) ?? []), p])
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([name, of]) => {
    const rows = of.map(rowOf)
    const add = (pick: (row: Row) => number | null) => sum(rows.map(pick))
    return {
      key: name,
      label: by === 'account' ? (accounts.get(name) ?? name) : name,
      quantity: null,
      value: add((r) => r.value),
      today: add((r) => r.today),
      pnl: add((r) => r.pnl),
      delta: by === 'symbol' ? add((r) => r.delta) : null,
      gamma: by === 'symbol' ? add((r) => r.gamma) : null,
      theta: add((r) => r.theta),
      vega: add((r) => r.vega),
      maxLoss: null,
      strategy: null,
      state: '',
      of,
    }
  })
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

/** The order that would end a trade, of as many packages as its legs have in common; null for what is no trade. */
export function turnedRound(p: Position): OrderNew | null {
  const held = p.legs.filter((leg) => leg.quantity !== 0)
  if (p.kind !== 'trade' || held.length === 0) return null
  const quantity = held.map((leg) => Math.abs(leg.quantity)).reduce(commonDivisor)
  const legs = held.map((leg) => ({ contract: leg.contract, side: leg.quantity > 0 ? ('sell' as const) : ('buy' as const), ratio: Math.abs(leg.quantity) / quantity }))
  return { symbol: p.symbol, legs, quantity, type: 'market', ...(p.trade_id === null ? {} : { trade_id: p.trade_id }) }
}

/** The grid of one day: a row for each vol, a column for each move. */
export function gridOf({ moves, vols, pnl }: Scenarios, day: number): (number | null)[][] {
  return vols.map((_, v) => moves.map((__, m) => pnl[(day * vols.length + v) * moves.length + m] ?? null))
}

/** The worst that a grid holds; null when nothing in it is known. */
export function worstOf(scenarios: Scenarios): number | null {
  const known = scenarios.pnl.filter((p): p is number => p !== null)
  return known.length ? Math.min(...known) : null
}

/** Share of a limit that is used: 0 to 1, above 1 when it is passed; null when it has none. */
export function shareUsed({ value, bound }: RiskLimit): number | null {
  if (value === null || bound === null || bound === 0) return null
  return Math.abs(value) / Math.abs(bound)
}
