/* Which bars lie outside the regular session, and which days are every other one: what is shaded behind them. */
import { DAY, type CandleBar, type Interval } from './bars'

const OPEN = 9.5 * 3600
const CLOSE = 16 * 3600

export interface Span {
  /** Times of its first and last bar. */
  from: number
  to: number
  kind: 'outside' | 'other'
}

function kindOf(bar: CandleBar, days: ReadonlyMap<number, number>): Span['kind'] | null {
  const within = bar.time % DAY
  if (within < OPEN || within >= CLOSE) return 'outside'
  return (days.get(Math.floor(bar.time / DAY)) ?? 0) % 2 === 1 ? 'other' : null
}

/** Bars of days have no hours: they are left plain. */
export function sessions(bars: readonly CandleBar[], interval: Interval): Span[] {
  if (interval === 'day') return []
  const days = new Map<number, number>()
  for (const bar of bars) {
    const day = Math.floor(bar.time / DAY)
    if (!days.has(day)) days.set(day, days.size)
  }
  const spans: Span[] = []
  let open: Span | null = null
  for (const bar of bars) {
    const kind = kindOf(bar, days)
    if (open && open.kind === kind && Math.floor(open.from / DAY) === Math.floor(bar.time / DAY)) open.to = bar.time
    else {
      open = kind ? { from: bar.time, to: bar.time, kind } : null
      if (open) spans.push(open)
    }
  }
  return spans
}
