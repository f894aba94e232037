/* The grid of portfolio margin as rows of a table. Every number is the server's; here are only differences between them. */
import type { MarginGrid, MarginGroup } from '@/api/types.gen'

export interface GridRow {
  key: string
  kind: 'underlying' | 'class' | 'offset' | 'group' | 'alone'
  name: string
  pnl: number[]
  minimum: number | null
}

const dollars = (micros: readonly (number | null)[]) => micros.map((m) => (m ?? 0) / 1e6)

/** The moves of a group's points. Class groups of one product group share their range. */
export function movesOf(group: MarginGroup): number[] {
  return (group.classes[0]?.rows[0]?.moves ?? []).map((move) => move ?? 0)
}

/**
 * From underlyings to what counts: each of them, sums of those that add up in full, profits that an offset leaves out, and the
 * group. A step that would only repeat the one before it is left out: of an underlying alone one row is left.
 */
export function rowsOf(group: MarginGroup): GridRow[] {
  const rows: GridRow[] = []
  const pnl = dollars(group.pnl_micros)
  const { classes } = group
  const alone = classes.length === 1 && classes[0]?.rows.length === 1 ? classes[0].rows[0] : undefined
  const names = new Set([alone?.symbol, group.name])
  const last: GridRow = { key: 'group', kind: alone ? 'alone' : 'group', name: [...names].filter(Boolean).join(' · '), pnl, minimum: group.minimum_micros / 1e6 }
  if (alone) return [last]
  for (const of of classes) {
    for (const row of of.rows) rows.push({ key: row.symbol, kind: 'underlying', name: row.symbol, pnl: dollars(row.pnl_micros), minimum: row.minimum_micros / 1e6 })
    if (of.rows.length > 1 && classes.length > 1) rows.push({ key: `class ${of.name}`, kind: 'class', name: of.name, pnl: dollars(of.pnl_micros), minimum: null })
  }
  if (classes.length > 1) {
    const whole = pnl.map((_, i) => classes.reduce((sum, of) => sum + (of.pnl_micros[i] ?? 0), 0) / 1e6)
    rows.push({ key: 'offset', kind: 'offset', name: '', pnl: pnl.map((value, i) => value - (whole[i] ?? 0)), minimum: null })
  }
  return [...rows, last]
}

/** The group that asks the most; null when nothing is held. */
export function heaviest({ groups }: MarginGrid): MarginGroup | null {
  return groups.reduce<MarginGroup | null>((most, group) => (most === null || group.requirement_micros > most.requirement_micros ? group : most), null)
}

/** What an order adds to what the account must hold, and the whole of it after; null where the server does not know. */
export interface Added {
  added: number | null
  total: number | null
}

export function addedBy(before: number | null | undefined, after: number | null | undefined): Added {
  return { added: before == null || after == null ? null : (after - before) / 1e6, total: after == null ? null : after / 1e6 }
}

/** The greatest gain or loss of the grid, for its colours; at least a dollar. */
export function largestOf({ groups }: MarginGrid): number {
  return Math.max(1, ...groups.flatMap((group) => rowsOf(group).flatMap((row) => row.pnl.map(Math.abs))))
}
