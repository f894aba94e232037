import { useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { common } from '@/i18n/en/common'
import type { FactId } from '@/i18n/en/facts'
import { cx } from './cx'
import { Help } from './Help'
import { useNarrow } from '@/lib/media'

interface Cells<T> {
  id: string
  head: string
  cell: (row: T) => ReactNode
  /** What it is sorted by; without it the column is not sorted. */
  sort?: (row: T) => number | string | null
  /** Kept on a phone, where a table has any such column: the others are in what a row opens. */
  phone?: boolean
  className?: string
}

/** Figures stand to the right and say what they are: null for those that are none (a button), or whose head says all of it (a row's number). */
export type Column<T> = Cells<T> & ({ figures: true; help: FactId | null } | { figures?: false; help?: FactId })

interface Props<T> {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowKey: (row: T) => string
  onRow?: (row: T) => void
  selected?: string | null
  empty?: ReactNode
  foot?: ReactNode
  className?: string
}

/** A table to read: its head stays, columns sort, rows can be opened. For long live lists there is the chain's grid. */
export function Table<T>({ label, rows, columns: all, rowKey, onRow, selected, empty, foot, className }: Props<T>) {
  const [order, setOrder] = useState<{ id: string; down: boolean } | null>(null)
  const narrow = useNarrow()
  const columns = useMemo(() => (narrow && all.some((c) => c.phone) ? all.filter((c) => c.phone) : all), [all, narrow])
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.id === order?.id)?.sort
    if (!by || !order) return rows
    return rows.toSorted((a, b) => {
      const x = by(a)
      const y = by(b)
      if (x === y) return 0
      // What is not known goes last, both ways.
      if (x === null) return 1
      if (y === null) return -1
      return (x < y ? -1 : 1) * (order.down ? -1 : 1)
    })
  }, [rows, columns, order])

  if (rows.length === 0 && empty) return <>{empty}</>
  const turn = (id: string) => setOrder((was) => (was?.id !== id ? { id, down: true } : was.down ? { id, down: false } : null))
  const open = (row: T) => (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target === event.currentTarget) onRow?.(row)
  }
  return (
    // A region that scrolls is reached by key.
    <div className={cx('h-full overflow-auto', className)} tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-separate border-spacing-0 text-left">
        <caption className="quiet">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                aria-sort={order?.id === column.id ? (order.down ? 'descending' : 'ascending') : undefined}
                className={cx('sticky top-0 z-10 h-7 border-b border-line bg-raised px-2 text-2xs font-medium whitespace-nowrap text-muted first:pl-3 last:pr-3', column.figures && 'text-right')}
              >
                <span className={cx('inline-flex items-center gap-1.5', column.figures && 'flex-row-reverse')}>
                  {column.sort ? (
                    <button type="button" className="min-h-6 min-w-6 hover:text-text" aria-label={common('sortBy', { name: column.head })} onClick={() => turn(column.id)}>
                      {column.head}
                      {order?.id === column.id && <span aria-hidden="true"> {order.down ? '▾' : '▴'}</span>}
                    </button>
                  ) : (
                    column.head
                  )}
                  {column.help && <Help fact={column.help} />}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => {
            const key = rowKey(row)
            return (
              <tr
                key={key}
                tabIndex={onRow ? 0 : undefined}
                onClick={onRow && (() => onRow(row))}
                onKeyDown={onRow && open(row)}
                aria-selected={selected === key || undefined}
                className={cx('group h-row', onRow && 'cursor-pointer', selected === key ? 'bg-accent-soft' : 'hover:bg-hover')}
              >
                {columns.map((column) => (
                  <td key={column.id} className={cx('border-b border-line px-2 whitespace-nowrap first:pl-3 last:pr-3', column.figures && 'text-right', column.className)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  )
}
