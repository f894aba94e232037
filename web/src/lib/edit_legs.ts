/* Legs that are set by hand: every one stands on a strike that is listed, and no two are the same contract. */
import { sameContract, type Leg } from '@/state/draft'
import type { StrikeRow } from '@/lib/chain/rows'

export interface Placed {
  leg: Leg
  /** Why it is another strike than the one asked for; null: it is that one. */
  why: 'unlisted' | 'taken' | null
}

/** The leg on each strike that is listed for its right. */
function listedOf(leg: Leg, rows: readonly StrikeRow[]): Leg[] {
  return rows.filter((row) => (leg.right === 'call' ? row.call : row.put) >= 0).map((row) => ({ ...leg, strike_micros: row.strike_micros }))
}

const freeOf = (legs: readonly Leg[], index: number, listed: readonly Leg[]) => listed.filter((leg) => !legs.some((other, i) => i !== index && sameContract(other, leg)))

/** The strike so many free ones on; at the end of the chain the last. Null where it has none. */
export function stepped(legs: readonly Leg[], index: number, by: number, rows: readonly StrikeRow[]): number | null {
  const leg = legs[index]
  if (!leg) return null
  const free = freeOf(legs, index, listedOf(leg, rows))
  const at = free.findIndex((other) => other.strike_micros === leg.strike_micros)
  return at < 0 ? null : (free[Math.max(0, Math.min(free.length - 1, at + by))]?.strike_micros ?? null)
}

/** A leg on the listed strike nearest to its own that no other leg has; null where there is none. */
export function placed(legs: readonly Leg[], index: number, wanted: Leg, rows: readonly StrikeRow[]): Placed | null {
  const listed = listedOf(wanted, rows)
  const free = freeOf(legs, index, listed)
  const away = (leg: Leg) => Math.abs(leg.strike_micros - wanted.strike_micros)
  const leg = free.reduce<Leg | null>((best, next) => (best === null || away(next) < away(best) ? next : best), null)
  if (!leg) return null
  if (away(leg) === 0) return { leg, why: null }
  return { leg, why: listed.some((row) => row.strike_micros === wanted.strike_micros) ? 'taken' : 'unlisted' }
}

/** One more, to be changed as one likes: a call at the money. */
export function freshLeg(legs: readonly Leg[], rows: readonly StrikeRow[], price: number): Leg | null {
  const [first] = rows
  if (!first) return null
  return placed(legs, -1, { root: first.root, expiry: first.expiry, right: 'call', strike_micros: Math.round(price * 1e6), side: 'buy', ratio: 1 }, rows)?.leg ?? null
}

/** A strike as it is typed, in micros; null where it is none. */
export function typedStrike(text: string): number | null {
  const typed = Number(text.replaceAll(',', ''))
  return text.trim() !== '' && Number.isFinite(typed) && typed > 0 ? Math.round(typed * 1e6) : null
}
