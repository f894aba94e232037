import type { ReactNode } from 'react'
import type { FactId } from '@/i18n/en/facts'
import { cx } from './cx'
import { Help } from './Help'

interface Props {
  label: string
  value: ReactNode
  detail?: ReactNode
  /** Class of the value's colour: tone(x). */
  tone?: string
  /** What the `?` beside it says; null where the value is no figure. */
  help: FactId | null
  className?: string
}

/** One figure with its name, and a `?` that says where it comes from. */
export function Stat({ label, value, detail, tone, help, className }: Props) {
  return (
    <div className={cx('min-w-0', className)}>
      <dt className="flex items-center gap-1 text-2xs whitespace-nowrap text-muted">
        <span className="truncate" title={label}>
          {label}
        </span>
        {help && <Help fact={help} />}
      </dt>
      <dd className={cx('truncate text-sm leading-5 font-semibold', tone)}>{value}</dd>
      {detail && <dd className="truncate text-2xs text-faint">{detail}</dd>}
    </div>
  )
}

export function Stats({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cx('grid gap-x-4 gap-y-2', className ?? 'grid-cols-[repeat(auto-fit,minmax(6.5rem,1fr))]')}>{children}</dl>
}
