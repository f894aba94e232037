import { useEffect, useId, useRef, type ReactNode } from 'react'
import { cx } from './cx'
import { IconButton } from './Button'
import { common } from '@/i18n/en/common'

interface Props {
  open: boolean
  onClose: () => void
  title: string
  children: ReactNode
  footer?: ReactNode
  wide?: boolean
  /** Comes from the right and keeps its height: for tickets and details. */
  drawer?: boolean
  /** No way out but an answer. */
  modalOnly?: boolean
  hideTitle?: boolean
  /** Beside the title. */
  badge?: ReactNode
  /** Laid round it. */
  frame?: ReactNode
}

/** The browser's own dialog: focus stays in it, Escape closes it, the rest is out of reach meanwhile. */
export function Dialog({ open, onClose, title, children, footer, wide, drawer, modalOnly, hideTitle, badge, frame }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    if (!dialog || !open) return
    const before = document.activeElement
    dialog.showModal()
    // The first thing to fill in, or what is marked as it, rather than the close button.
    const first = dialog.querySelector<HTMLElement>('[data-first]') ?? (drawer ? null : dialog.querySelector<HTMLElement>('input:not([type=radio]), textarea'))
    first?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [open, drawer])
  if (!open) return null
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (!modalOnly) onClose()
      }}
      onPointerDown={(event) => event.target === ref.current && !modalOnly && onClose()}
      className={cx(
        // It may stand in a table's cell, whose text is laid out otherwise.
        'max-h-none border border-line-strong bg-panel p-0 text-left font-normal whitespace-normal text-text shadow-float',
        drawer
          ? 'fixed inset-y-0 right-0 left-auto m-0 h-dvh w-full max-w-none border-y-0 border-r-0 sm:w-[30rem]'
          : cx('fixed inset-0 m-auto h-fit max-h-[92dvh] w-[calc(100%-1.5rem)] rounded-lg', wide ? 'max-w-4xl' : 'max-w-md'),
      )}
    >
      <div className={cx('flex flex-col', drawer ? 'h-full' : 'max-h-[92dvh]')}>
        <header className={cx('flex min-h-11 shrink-0 items-center justify-between gap-3 border-b border-line py-1.5 pr-2 pl-4', hideTitle && 'quiet')}>
          <h2 id={id} className="min-w-0 flex-1 text-sm font-semibold">
            {title}
          </h2>
          {badge}
          {!modalOnly && <IconButton icon="close" label={common('close')} onClick={onClose} />}
        </header>
        <div className="min-h-0 flex-1 overflow-auto">{children}</div>
        {footer && <footer className="flex shrink-0 items-center justify-end gap-2 border-t border-line bg-raised px-4 py-3">{footer}</footer>}
      </div>
      {frame}
    </dialog>
  )
}
