import type { ReactNode } from 'react'
import { cx } from '@/components/ui'
import { heat } from './heat'

interface Props {
  label: string
  corner?: ReactNode
  columns: readonly ReactNode[]
  rows: readonly { head: ReactNode; values: readonly (number | null)[]; total?: number | null }[]
  totalHead?: ReactNode
  format: (value: number) => string
  /** The value that has the full colour; larger ones have it too. */
  full: number
  /** One-sided: from nothing to the accent; else down, nothing, up. */
  oneSided?: { from: number }
  mark?: (row: number, column: number) => boolean
  className?: string
}

/** A table whose cells are coloured by their value: it is its own twin for who does not see colours. */
export function HeatTable({ label, corner, columns, rows, totalHead, format, full, oneSided, mark, className }: Props) {
  const cellOf = (value: number | null) => (value === null ? <span className="text-faint">—</span> : format(value))
  return (
    <div className={cx('overflow-auto', className)} tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-separate border-spacing-px text-right text-xs">
        <caption className="quiet">{label}</caption>
        <thead>
          <tr>
            <th scope="col" className="px-2 py-1 text-left text-2xs font-medium whitespace-nowrap text-muted">
              {corner}
            </th>
            {columns.map((column, i) => (
              <th key={i} scope="col" className="px-2 py-1 text-2xs font-medium whitespace-nowrap text-muted">
                {column}
              </th>
            ))}
            {totalHead && (
              <th scope="col" className="px-2 py-1 text-2xs font-semibold text-text">
                {totalHead}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              <th scope="row" className="px-2 py-1 text-left text-2xs font-medium whitespace-nowrap text-muted">
                {row.head}
              </th>
              {row.values.map((value, c) => (
                <td
                  key={c}
                  className={cx('rounded-[3px] px-2 py-1 whitespace-nowrap', mark?.(r, c) && 'outline-2 -outline-offset-2 outline-accent')}
                  style={{ backgroundColor: heat(value, full, oneSided?.from) }}
                >
                  {cellOf(value)}
                </td>
              ))}
              {totalHead && <td className="px-2 py-1 font-semibold whitespace-nowrap">{cellOf(row.total ?? null)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
