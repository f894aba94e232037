import { useId, type ReactNode } from 'react'
import { cx } from './cx'

interface Props {
  title: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  /** No padding inside: tables and plots reach the edge. */
  flush?: boolean
  level?: 2 | 3
}

export function Panel({ title, actions, children, className, flush, level = 2 }: Props) {
  const id = useId()
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section aria-labelledby={id} className={cx('flex min-w-0 flex-col overflow-hidden rounded-md border border-line bg-panel', className)}>
      <header className="flex min-h-9 shrink-0 items-center justify-between gap-2 border-b border-line py-1 pr-1.5 pl-3">
        <Heading id={id} className="flex items-center gap-2 text-xs font-semibold tracking-wide text-text">
          {title}
        </Heading>
        {actions && <div className="flex items-center gap-1">{actions}</div>}
      </header>
      <div className={cx('min-h-0 flex-1', !flush && 'p-3')}>{children}</div>
    </section>
  )
}
