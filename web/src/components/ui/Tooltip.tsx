import { cloneElement, useId, useRef, useState, type FocusEvent, type PointerEvent, type ReactElement } from 'react'
import { createPortal } from 'react-dom'
import { Kbd } from './Kbd'

interface Trigger {
  'aria-describedby'?: string
  onPointerEnter?: (event: PointerEvent<HTMLElement>) => void
  onPointerLeave?: () => void
  onFocus?: (event: FocusEvent<HTMLElement>) => void
  onBlur?: () => void
}

/** A line of words beside what it is about; shown on hover and on focus by key, gone with Escape. */
export function Tooltip({ text, keys, children }: { text: string; keys?: string; children: ReactElement<Trigger> }) {
  const id = useId()
  const [at, setAt] = useState<{ x: number; y: number; above: boolean } | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const show = (element: HTMLElement, wait: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const box = element.getBoundingClientRect()
      const above = box.bottom + 60 > window.innerHeight
      const x = Math.min(Math.max(box.left + box.width / 2, 90), window.innerWidth - 90)
      setAt({ x, y: above ? box.top - 6 : box.bottom + 6, above })
    }, wait)
  }
  const hide = () => {
    clearTimeout(timer.current)
    setAt(null)
  }

  return (
    <>
      {cloneElement(children, {
        'aria-describedby': at && text !== '' ? id : undefined,
        onPointerEnter: (event) => event.pointerType === 'mouse' && show(event.currentTarget, 350),
        onPointerLeave: hide,
        onFocus: (event) => event.currentTarget.matches(':focus-visible') && show(event.currentTarget, 150),
        onBlur: hide,
      })}
      {at && text !== '' &&
        createPortal(
          <div
            role="tooltip"
            id={id}
            className="pointer-events-none fixed z-[100] flex max-w-72 -translate-x-1/2 items-center gap-2 rounded-md border border-line-strong bg-raised px-2 py-1 text-xs text-text shadow-float"
            style={{ left: at.x, top: at.y, transform: at.above ? 'translate(0, -100%)' : undefined }}
          >
            {text}
            {keys && <Kbd keys={keys} />}
          </div>,
          document.querySelector<HTMLElement>('dialog[open]:last-of-type') ?? document.body,
        )}
    </>
  )
}
