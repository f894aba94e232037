/* Symbols beside each other: each as its change since the first bar in view. */
import type { CandleBar } from './bars'

export const COMPARE_MAX = 4

export interface Change {
  time: number
  /** Percent. */
  value: number
  /** Nothing is known at the next bar of the symbol that it is laid over: the line stops here. */
  gap: boolean
}

export interface Compared {
  symbol: string
  /** The bar that counts as 0 %: the first in view that it has; null: none. */
  since: number | null
  line: Change[]
}

export function percentOf(price: number, base: number): number {
  return (price / base - 1) * 100
}

/** The index of the first bar at a time or after it. */
export function firstFrom(bars: readonly { time: number }[], time: number): number {
  let low = 0
  let high = bars.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bars[middle] as { time: number }).time < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Laid over `under`: a point where both have a bar, measured from the first such bar in view. */
export function compared(symbol: string, bars: readonly CandleBar[], under: readonly CandleBar[], from: number): Compared {
  const closes = new Map(bars.map((b) => [b.time, b.close]))
  const first = under.slice(firstFrom(under, from)).find((b) => closes.has(b.time))
  const base = first && closes.get(first.time)
  if (!first || !base) return { symbol, since: null, line: [] }
  const line = under.flatMap((b, i): Change[] => {
    const close = closes.get(b.time)
    const next = under[i + 1]
    return close === undefined ? [] : [{ time: b.time, value: percentOf(close, base), gap: next !== undefined && !closes.has(next.time) }]
  })
  return { symbol, since: first.time, line }
}

/** What it had come to by the last bar in view; null where it has none there. */
export function changeBy(one: Compared, to: number): number | null {
  if (one.since === null) return null
  const last = one.line[firstFrom(one.line, to + 1) - 1]
  return last && last.time >= one.since ? last.value : null
}

/** The symbols of an address: without the one they are laid over, without twins, no more than four. */
export function parseCompare(text: string | null, symbol: string): string[] {
  return [...new Set((text ?? '').split(',').filter((name) => /^[A-Z0-9.]{1,7}$/.test(name) && name !== symbol))].slice(0, COMPARE_MAX)
}
