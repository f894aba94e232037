/*
 * The structures of the builder's menu: legs as distances from the forward in expected moves, which are then put on
 * listed strikes. A new one is a row; its picture and its legs come of themselves.
 */
import type { Leg, Side } from '@/state/draft'
import type { StrikeRow } from '@/lib/chain/rows'
import type { Right } from '@/lib/occ'

export type View = 'up' | 'down' | 'flat' | 'move'

interface Part {
  side: Side
  right: Right
  /** Expected moves from the forward; below it is negative. */
  at: number
  ratio?: number
  /** In the expiry after the chosen one. */
  later?: boolean
}

export interface Structure {
  id: string
  view: View
  parts: readonly Part[]
}

const buy = (right: Right, at: number, ratio = 1): Part => ({ side: 'buy', right, at, ratio })
const sell = (right: Right, at: number, ratio = 1): Part => ({ side: 'sell', right, at, ratio })
const later = (part: Part): Part => ({ ...part, later: true })

export const structures: readonly Structure[] = [
  { id: 'ironCondor', view: 'flat', parts: [buy('put', -1.5), sell('put', -1), sell('call', 1), buy('call', 1.5)] },
  { id: 'ironFly', view: 'flat', parts: [buy('put', -1), sell('put', 0), sell('call', 0), buy('call', 1)] },
  { id: 'shortStrangle', view: 'flat', parts: [sell('put', -1), sell('call', 1)] },
  { id: 'shortStraddle', view: 'flat', parts: [sell('put', 0), sell('call', 0)] },
  { id: 'callButterfly', view: 'flat', parts: [buy('call', -1), sell('call', 0, 2), buy('call', 1)] },
  { id: 'brokenWing', view: 'flat', parts: [buy('put', -0.2), sell('put', -0.8, 2), buy('put', -1.8)] },
  { id: 'calendar', view: 'flat', parts: [sell('call', 0), later(buy('call', 0))] },
  { id: 'diagonal', view: 'flat', parts: [sell('put', -0.5), later(buy('put', -0.8))] },
  { id: 'bullPut', view: 'up', parts: [buy('put', -1.2), sell('put', -0.7)] },
  { id: 'bullCall', view: 'up', parts: [buy('call', 0), sell('call', 0.8)] },
  { id: 'shortPut', view: 'up', parts: [sell('put', -0.8)] },
  { id: 'longCall', view: 'up', parts: [buy('call', 0.2)] },
  { id: 'riskReversal', view: 'up', parts: [sell('put', -0.7), buy('call', 0.7)] },
  { id: 'jadeLizard', view: 'up', parts: [sell('put', -0.7), sell('call', 0.7), buy('call', 1)] },
  { id: 'bearCall', view: 'down', parts: [sell('call', 0.7), buy('call', 1.2)] },
  { id: 'bearPut', view: 'down', parts: [sell('put', -0.8), buy('put', 0)] },
  { id: 'longPut', view: 'down', parts: [buy('put', -0.2)] },
  { id: 'longStraddle', view: 'move', parts: [buy('put', 0), buy('call', 0)] },
  { id: 'longStrangle', view: 'move', parts: [buy('put', -0.6), buy('call', 0.6)] },
  { id: 'callBackspread', view: 'move', parts: [sell('call', 0), buy('call', 0.7, 2)] },
  { id: 'putBackspread', view: 'move', parts: [sell('put', 0), buy('put', -0.7, 2)] },
  { id: 'reverseCondor', view: 'move', parts: [sell('put', -1.2), buy('put', -0.6), buy('call', 0.6), sell('call', 1.2)] },
]

export interface Listed {
  expiry: string
  root: string
  rows: readonly StrikeRow[]
}

function nearestIndex(rows: readonly StrikeRow[], right: Right, price: number): number {
  let best = -1
  rows.forEach((row, i) => {
    if ((right === 'call' ? row.call : row.put) < 0) return
    const held = rows[best]
    if (!held || Math.abs(row.strike_micros / 1e6 - price) < Math.abs(held.strike_micros / 1e6 - price)) best = i
  })
  return best
}

/** The structure on listed strikes; null where the chain is too narrow for it. Parts that differ stay on different strikes. */
export function place(structure: Structure, near: Listed, far: Listed | null, forward: number, move: number): Leg[] | null {
  const spots = [...new Set(structure.parts.map((part) => part.at))].toSorted((a, b) => a - b)
  const strikeAt = new Map<number, number>()
  for (const at of spots) {
    const right = structure.parts.find((part) => part.at === at)?.right ?? 'call'
    let index = nearestIndex(near.rows, right, forward + at * move)
    const below = strikeAt.get(spots[spots.indexOf(at) - 1] ?? Number.NaN)
    if (below !== undefined && index <= below) index = below + 1
    if (index < 0 || index >= near.rows.length) return null
    strikeAt.set(at, index)
  }
  const legs: Leg[] = []
  for (const part of structure.parts) {
    const listed = part.later ? far : near
    const row = near.rows[strikeAt.get(part.at) ?? -1]
    if (!listed || !row) return null
    const twin = listed === near ? row : listed.rows[nearestIndex(listed.rows, part.right, row.strike_micros / 1e6)]
    if (!twin) return null
    legs.push({ root: listed.root, expiry: listed.expiry, right: part.right, strike_micros: twin.strike_micros, side: part.side, ratio: part.ratio ?? 1 })
  }
  return legs
}
