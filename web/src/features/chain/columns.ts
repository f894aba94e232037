import { fields, fieldsOf, type ColumnSet } from '@/lib/chain/fields'
import type { GridColumn } from './painter'

export type SideShown = 'both' | 'call' | 'put'

/** Calls from the outer edge to the strike, puts the other way; one side alone has the strike first. */
export function gridColumns(set: ColumnSet, side: SideShown, own: readonly string[]): GridColumn[] {
  const ids = fieldsOf(set, own)
  const strike: GridColumn = { side: 'strike', field: 'strike' }
  if (side !== 'both') return [strike, ...ids.map((field): GridColumn => ({ side, field }))]
  // Bid stands left of ask on both sides, as everywhere.
  const outer = ids.filter((id) => id !== 'bid' && id !== 'ask')
  return [
    ...ids.map((field): GridColumn => ({ side: 'call', field })),
    strike,
    { side: 'put', field: 'bid' },
    { side: 'put', field: 'ask' },
    ...outer.toReversed().map((field): GridColumn => ({ side: 'put', field })),
  ]
}

/** Widths as shares, so that the grid fills its place; never narrower than its figures. */
export function template(columns: readonly GridColumn[]): string {
  return columns.map((c) => (c.field === 'strike' ? 'minmax(92px, 1.1fr)' : `minmax(${fields[c.field].width}px, ${fields[c.field].width}fr)`)).join(' ')
}

export function leastWidth(columns: readonly GridColumn[]): number {
  return columns.reduce((sum, c) => sum + (c.field === 'strike' ? 92 : fields[c.field].width), 0)
}
