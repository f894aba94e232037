import { useId, useRef, type ReactNode } from 'react'
import { cx } from './cx'

interface Tab<T extends string> {
  id: T
  label: ReactNode
}

interface Props<T extends string> {
  label: string
  tabs: readonly Tab<T>[]
  value: T
  onChange: (id: T) => void
  children: ReactNode
  actions?: ReactNode
  className?: string
}

/** Arrow keys go round the tabs, Tab goes into the page that is shown. */
export function Tabs<T extends string>({ label, tabs, value, onChange, children, actions, className }: Props<T>) {
  const base = useId()
  const list = useRef<HTMLDivElement>(null)
  const go = (step: number) => {
    const at = tabs.findIndex((tab) => tab.id === value)
    const next = tabs[(at + step + tabs.length) % tabs.length]
    if (!next) return
    onChange(next.id)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[tabs.indexOf(next)]?.focus()
  }
  return (
    <div className={cx('flex min-h-0 flex-col', className)}>
      <div className="flex min-h-9 shrink-0 items-stretch justify-between border-b border-line">
        <div ref={list} role="tablist" aria-label={label} className="flex overflow-x-auto px-1">
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${base}-${tab.id}`}
              aria-selected={tab.id === value}
              aria-controls={`${base}-page`}
              tabIndex={tab.id === value ? 0 : -1}
              onClick={() => onChange(tab.id)}
              onKeyDown={(event) => {
                if (event.key === 'ArrowRight') go(1)
                if (event.key === 'ArrowLeft') go(-1)
              }}
              className={cx(
                'min-h-8 border-b-2 px-2.5 text-xs whitespace-nowrap coarse:min-h-11',
                tab.id === value ? 'border-accent font-semibold text-text' : 'border-transparent text-muted hover:text-text',
              )}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {actions && <div className="flex items-center gap-1 pr-2">{actions}</div>}
      </div>
      <div role="tabpanel" id={`${base}-page`} aria-labelledby={`${base}-${value}`} className="min-h-0 flex-1 overflow-auto">
        {children}
      </div>
    </div>
  )
}
