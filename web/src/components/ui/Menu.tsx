import { useId, useRef, type ReactNode } from 'react'
import { cx } from './cx'
import { Icon, type IconName } from './Icon'

export interface MenuItem {
  label: string
  icon?: IconName
  keys?: string
  danger?: boolean
  onSelect: () => void
}

/** A button that opens a list of actions, by the browser's own popover: Escape and a click beside close it. */
export function Menu({ label, trigger, items, className }: { label: string; trigger: ReactNode; items: (MenuItem | null)[]; className?: string }) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const place = () => {
    const box = button.current?.getBoundingClientRect()
    if (!box || !list.current) return
    // Below its button; above it where there is no room, as in the bar of a phone.
    const below = box.bottom + 4 + list.current.offsetHeight <= window.innerHeight
    list.current.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - 4 - list.current.offsetHeight)}px`
    list.current.style.right = `${Math.max(8, window.innerWidth - box.right)}px`
    list.current.querySelector<HTMLElement>('[role=menuitem]')?.focus()
  }
  const move = (step: number) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus()
  }
  return (
    <>
      <button ref={button} type="button" popoverTarget={id} aria-label={label} aria-haspopup="menu" className={cx('inline-flex h-control items-center gap-1 rounded-[5px] px-1.5 text-muted hover:bg-hover hover:text-text', className)}>
        {trigger}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        onToggle={(event) => event.newState === 'open' && place()}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault()
            move(event.key === 'ArrowDown' ? 1 : -1)
          }
        }}
        className="fixed inset-auto m-0 min-w-44 rounded-md border border-line-strong bg-raised p-1 text-text shadow-float"
      >
        {items.map((item, i) =>
          item === null ? (
            <div key={`line-${i}`} role="separator" className="my-1 border-t border-line" />
          ) : (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              onClick={() => {
                list.current?.hidePopover()
                item.onSelect()
              }}
              className={cx('flex min-h-7 w-full items-center gap-2 rounded px-2 text-left hover:bg-hover coarse:min-h-11', item.danger && 'text-down')}
            >
              {item.icon && <Icon name={item.icon} size={14} className="text-faint" />}
              {item.label}
            </button>
          ),
        )}
      </div>
    </>
  )
}
