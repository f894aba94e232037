import { useEffect, useRef } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { strike } from '@/lib/format'
import type { Cell, GridColumn, GridRow } from './painter'

export interface MenuAt {
  cell: Cell
  x: number
  y: number
}

interface Props {
  at: MenuAt
  symbol: string
  row: GridRow | undefined
  column: GridColumn | undefined
  onStage: (side: 'buy' | 'sell') => void
  onBuilder: () => void
  onChart: () => void
  onClose: () => void
}

export function ContextMenu({ at, symbol, row, column, onStage, onBuilder, onChart, onClose }: Props) {
  const menu = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = menu.current
    if (!element) return
    element.showPopover()
    element.style.left = `${Math.min(at.x, window.innerWidth - 210)}px`
    element.style.top = `${Math.min(at.y, window.innerHeight - 150)}px`
    element.querySelector('button')?.focus()
  }, [at])
  if (row?.kind !== 'strike' || !column || column.side === 'strike') return null
  const what = `${strike(row.row.strike_micros)} ${column.side === 'call' ? t('call') : t('put')}`
  const items: [string, () => void][] = [
    [t('buy', { what }), () => onStage('buy')],
    [t('sell', { what }), () => onStage('sell')],
    [t('analyse'), () => { onStage('buy'); onBuilder() }],
    [t('chartIt', { symbol }), onChart],
  ]
  return (
    <div ref={menu} popover="auto" role="menu" aria-label={what} onToggle={(e) => e.newState === 'closed' && onClose()} className="fixed inset-auto m-0 min-w-48 rounded-md border border-line-strong bg-raised p-1 text-text shadow-float">
      {items.map(([label, run]) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          className="flex min-h-7 w-full items-center rounded px-2 text-left hover:bg-hover focus-visible:bg-hover"
          onClick={() => {
            menu.current?.hidePopover()
            run()
          }}
        >
          {label}
        </button>
      ))}
    </div>
  )
}
