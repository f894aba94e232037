import { useId, useRef } from 'react'
import { common } from '@/i18n/en/common'
import { fact as factOf, type FactId } from '@/i18n/en/facts'

/** `?` beside a number: what it is, by which formula, in what unit, from which source. */
export function Help({ fact }: { fact: FactId }) {
  const id = useId()
  const popover = useRef<HTMLDivElement>(null)
  const { name } = factOf(fact)
  const place = (button: HTMLElement) => {
    const box = button.getBoundingClientRect()
    const card = popover.current
    if (!card) return
    card.style.left = `${Math.max(8, Math.min(box.left - 12, window.innerWidth - 328))}px`
    card.style.top = `${box.bottom + 320 > window.innerHeight ? Math.max(8, box.top - 8 - card.offsetHeight) : box.bottom + 6}px`
  }
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label={common('explain', { name })}
        onClick={(event) => {
          const button = event.currentTarget
          requestAnimationFrame(() => place(button))
        }}
        className="group -mx-1 -my-[5px] inline-grid size-6 shrink-0 place-items-center"
      >
        <span className="grid size-3.5 place-items-center rounded-full border border-line-strong text-[9px] leading-none font-semibold text-faint group-hover:border-accent group-hover:text-accent">?</span>
      </button>
      <div ref={popover} id={id} popover="auto" role="note" className="fixed m-0 w-80 rounded-lg border border-line-strong bg-raised p-3 text-left text-xs font-normal whitespace-normal text-text shadow-float">
        <p className="text-sm font-semibold">{name}</p>
        <FactText fact={fact} />
      </div>
    </>
  )
}

/** What a figure is, without its name. */
export function FactText({ fact }: { fact: FactId }) {
  const { text, formula, unit, source } = factOf(fact)
  return (
    <>
      <p className="mt-1 text-muted">{text}</p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        {formula && (
          <>
            <dt className="text-faint">{common('formula')}</dt>
            <dd>{formula}</dd>
          </>
        )}
        <dt className="text-faint">{common('unit')}</dt>
        <dd>{unit}</dd>
        <dt className="text-faint">{common('source')}</dt>
        <dd>{source}</dd>
      </dl>
    </>
  )
}
