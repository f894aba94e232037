import type { StrikeRow } from '@/lib/chain/rows'
import type { Leg } from '@/state/draft'

/** Legs moved by so many listed strikes; null where one would leave the chain or fall on a leg that stays. */
export function moveLegs(legs: readonly Leg[], which: readonly number[], by: number, rowsOf: (leg: Leg) => readonly StrikeRow[]): Leg[] | null {
  const moved = legs.map((leg, i) => {
    if (!which.includes(i)) return leg
    const rows = rowsOf(leg).filter((row) => (leg.right === 'call' ? row.call : row.put) >= 0)
    const at = rows.findIndex((row) => row.strike_micros === leg.strike_micros)
    const next = rows[at + by]
    return at < 0 || !next ? null : { ...leg, strike_micros: next.strike_micros }
  })
  if (moved.includes(null)) return null
  const good = moved as Leg[]
  const names = new Set(good.map((leg) => `${leg.root}${leg.expiry}${leg.right}${leg.strike_micros}`))
  return names.size === good.length ? good : null
}
