import type { StrikeRow } from '@/lib/chain/rows'
import type { Leg } from '@/state/draft'

/** The other leg of a pair: of the same side in the same expiry, the other right where there is one. A condor's short put has its short call. */
export function oppositeOf(legs: readonly Leg[], index: number): number {
  const leg = legs[index]
  if (!leg) return -1
  const others = legs.map((other, i) => ({ other, i })).filter(({ other, i }) => i !== index && other.side === leg.side && other.expiry === leg.expiry && other.strike_micros !== leg.strike_micros)
  return (others.find(({ other }) => other.right !== leg.right) ?? others[0])?.i ?? -1
}

/** A leg and its opposite, as far apart again or together: one goes up where the other goes down. */
export function mirrorLegs(legs: readonly Leg[], index: number, by: number, rowsOf: (leg: Leg) => readonly StrikeRow[]): Leg[] | null {
  const opposite = oppositeOf(legs, index)
  const moved = moveLegs(legs, [index], by, rowsOf)
  return moved && opposite >= 0 ? moveLegs(moved, [opposite], -by, rowsOf) : moved
}

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
