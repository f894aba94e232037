import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { cx, Help } from '@/components/ui'
import { keysNow } from '@/lib/keymap'
import { nameOf } from '@/lib/shortcuts'
import { fields } from '@/lib/chain/fields'
import { leastWidth, template } from './columns'
import { GridPainter, type Cell, type GridState } from './painter'
import './chain.css'

interface Props {
  state: GridState
  label: string
  /** Bid: sell; ask: buy; with `wide` a vertical. */
  onStage: (cell: Cell, side: 'buy' | 'sell', wide: boolean) => void
  /** The draft's leg in the cell goes away. */
  onRemove: (cell: Cell) => void
  onContext: (cell: Cell, at: { x: number; y: number }) => void
  onExpiry: (step: number) => void
  /** Another view: the money comes into the middle. */
  viewKey: string
}

/** One tab stop; arrows go from cell to cell. */
export function Grid({ state, label, onStage, onRemove, onContext, onExpiry, viewKey }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const body = useRef<HTMLDivElement>(null)
  const painter = useRef<GridPainter>(null)
  const latest = useRef({ state, onStage, onContext })
  useLayoutEffect(() => {
    latest.current = { state, onStage, onContext }
  })

  useEffect(() => {
    if (!scroller.current || !body.current) return
    const made = new GridPainter(scroller.current, body.current, {
      press: (cell, event) => {
        made.move(cell.row, cell.column)
        scroller.current?.setAttribute('aria-activedescendant', made.activeId())
        const field = latest.current.state.columns[cell.column]?.field
        if (field === 'bid' || field === 'ask') latest.current.onStage(cell, field === 'bid' ? 'sell' : 'buy', event.shiftKey)
      },
      context: (cell, event) => latest.current.onContext(cell, { x: event.clientX, y: event.clientY }),
    })
    painter.current = made
    made.set(latest.current.state)
    return () => made.dispose()
  }, [])

  useEffect(() => painter.current?.set(state), [state])
  const centered = useRef('')
  useEffect(() => {
    // Once for each view, as soon as it has rows.
    if (centered.current === viewKey || state.rows.length === 0 || state.atm < 0) return
    centered.current = viewKey
    painter.current?.center(state.atm)
    const bid = state.columns.findIndex((c) => c.field === 'bid')
    painter.current?.move(state.atm, bid)
    painter.current?.center(state.atm)
  }, [viewKey, state])

  const onKeyDown = (event: KeyboardEvent) => {
    const grid = painter.current
    if (!grid || event.ctrlKey && event.key === 'Enter') return
    const { row, column } = grid.active
    const last = state.rows.length - 1
    const go = (r: number, c: number) => {
      event.preventDefault()
      grid.move(r, c)
      scroller.current?.setAttribute('aria-activedescendant', grid.activeId())
    }
    const side = state.columns[column]?.side
    const stage = (how: 'buy' | 'sell') => {
      if (side === 'strike') return
      event.preventDefault()
      event.stopPropagation()
      onStage(grid.active, how, false)
    }
    const field = state.columns[column]?.field
    const keys = keysNow()
    const own = { [keys.buy]: () => stage('buy'), [keys.sell]: () => stage('sell'), [keys.earlier]: () => onExpiry(-1), [keys.later]: () => onExpiry(1) }[nameOf(event.nativeEvent)]
    if (own) {
      event.preventDefault()
      event.stopPropagation()
      return own()
    }
    if (event.altKey || event.metaKey) return
    switch (event.key) {
      case 'ArrowDown': return go(row + 1, column)
      case 'ArrowUp': return go(row - 1, column)
      case 'ArrowRight': return go(row, column + 1)
      case 'ArrowLeft': return go(row, column - 1)
      case 'PageDown': return go(row + grid.visibleRows, column)
      case 'PageUp': return go(row - grid.visibleRows, column)
      case 'End': return go(event.ctrlKey ? last : row, event.ctrlKey ? column : state.columns.length - 1)
      case 'Home':
        if (event.ctrlKey) return go(0, column)
        // Home, and Home again: to the money.
        if (column > 0) return go(row, 0)
        go(state.atm, 0)
        return grid.center(state.atm)
      case 'Delete':
        event.preventDefault()
        return onRemove(grid.active)
      case 'Enter': case ' ':
        if (field !== 'bid' && field !== 'ask') return
        event.preventDefault()
        return onStage(grid.active, field === 'bid' ? 'sell' : 'buy', event.shiftKey)
    }
  }

  const columns = template(state.columns)
  const width = leastWidth(state.columns)
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={state.rows.length + 1}
      aria-colcount={state.columns.length}
      onKeyDown={onKeyDown}
      className="chain-grid relative h-full overflow-auto bg-panel"
      style={{ '--chain-columns': columns } as React.CSSProperties}
    >
      <div role="row" aria-rowindex={1} className="sticky top-0 z-10 grid h-7 border-b border-line-strong bg-raised" style={{ gridTemplateColumns: columns, minWidth: width }}>
        {state.columns.map((column, i) => (
          <div key={`${column.side}-${column.field}`} role="columnheader" aria-colindex={i + 1} className={cx('flex items-center gap-1 overflow-hidden px-1.5 text-2xs font-medium text-muted last:pr-3.5', column.field === 'strike' ? 'justify-center text-text' : 'justify-end')}>
            {column.field === 'strike' ? (
              t('strike')
            ) : (
              <>
                <Help fact={fields[column.field].help} />
                {t(column.field)}
              </>
            )}
          </div>
        ))}
      </div>
      <div ref={body} role="rowgroup" className="relative" style={{ minWidth: width }} />
    </div>
  )
}
