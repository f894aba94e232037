import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { Tooltip, cx } from '@/components/ui'
import { fields } from '@/lib/chain/fields'
import type { StrikeRow } from '@/lib/chain/rows'
import { bookOf } from '@/lib/draft_market'
import { strike as strikeText, number } from '@/lib/format'
import type { ChainBook } from '@/lib/stream/chain_book'
import { useDraft, type Leg } from '@/state/draft'
import { mirrorLegs, moveLegs } from './moves'
import { scale, ticks } from '@/components/plot/ticks'

interface Props {
  legs: readonly Leg[]
  strikes: (expiry: string, root: string) => StrikeRow[]
  books: readonly ChainBook[]
  spot: number | null
  band: readonly [number, number] | null
  from: number
  to: number
}

const HEIGHT = 116
const MIDDLE = 58

/** The legs on their strikes: long above the line, short below. Dragged, or moved by arrow keys; with Shift all of them. */
export function Ruler({ legs, strikes, books, spot, band, from, to }: Props) {
  const change = useDraft((s) => s.change)
  const remove = useDraft((s) => s.remove)
  const setLeg = useDraft((s) => s.setLeg)
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  const drag = useRef<{ index: number; legs: Leg[]; startX: number } | null>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const watch = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)))
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  // The same edges as the plot below, so that a leg stands over its corner.
  const x = scale(from, to, 58, width - 12)
  const rowsOf = (leg: Leg) => strikes(leg.expiry, leg.root)

  /** Shift: all legs. Ctrl: its opposite goes the other way. */
  const move = (from: readonly Leg[], index: number, by: number, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => {
    const moved = event.ctrlKey || event.metaKey ? mirrorLegs(from, index, by, rowsOf) : moveLegs(from, event.shiftKey ? from.map((_, i) => i) : [index], by, rowsOf)
    if (moved) change({ legs: moved, limit_micros: null })
  }
  const onKeyDown = (index: number) => (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key]
    if (by !== undefined) {
      event.preventDefault()
      move(legs, index, by, event)
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault()
      remove(index)
    } else if (event.key === ' ') {
      event.preventDefault()
      const leg = legs[index]
      if (leg) setLeg(index, { side: leg.side === 'buy' ? 'sell' : 'buy' })
    }
  }
  const onPointerDown = (index: number) => (event: PointerEvent<HTMLButtonElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.current = { index, legs: [...legs], startX: event.clientX }
  }
  const onPointerMove = (event: PointerEvent) => {
    const state = drag.current
    const leg = state?.legs[state.index]
    if (!state || !leg) return
    const rows = rowsOf(leg)
    const start = rows.findIndex((row) => row.strike_micros === leg.strike_micros)
    const wanted = leg.strike_micros / 1e6 + ((event.clientX - state.startX) / (width - 70)) * (to - from)
    let best = start
    rows.forEach((row, i) => {
      const held = rows[best]
      if (held && Math.abs(row.strike_micros / 1e6 - wanted) < Math.abs(held.strike_micros / 1e6 - wanted)) best = i
    })
    if (best < 0 || start < 0) return
    move(state.legs, state.index, best - start, event)
  }

  return (
    <section aria-label={t('ruler')} className="border-b border-line py-1">
      <p className="quiet">{t('rulerHelp')}</p>
      <div ref={box} className="relative h-[116px] touch-none select-none">
        <svg width={width} height={HEIGHT} aria-hidden="true" className="absolute inset-0">
          {band && <rect x={x(Math.max(from, band[0]))} y={6} width={Math.max(0, x(Math.min(to, band[1])) - x(Math.max(from, band[0])))} height={HEIGHT - 26} fill="var(--band)" />}
          <Interest legs={legs} strikes={strikes} books={books} x={x} from={from} to={to} />
          <line x1={12} x2={width - 12} y1={MIDDLE} y2={MIDDLE} stroke="var(--line-strong)" />
          {ticks(from, to, Math.max(3, width / 80)).map((v) => (
            <g key={v}>
              <line x1={x(v)} x2={x(v)} y1={MIDDLE - 3} y2={MIDDLE + 3} stroke="var(--line-strong)" />
              <text x={Math.min(x(v), width - 18)} y={HEIGHT - 4} fontSize="10.5" textAnchor="middle" fill="var(--muted)">
                {number(v)}
              </text>
            </g>
          ))}
          {spot !== null && (
            <g>
              <line x1={x(spot)} x2={x(spot)} y1={4} y2={HEIGHT - 18} stroke="var(--accent)" strokeDasharray="3 3" />
            </g>
          )}
        </svg>
        {legs.map((leg, i) => {
          const strike = leg.strike_micros / 1e6
          const long = leg.side === 'buy'
          const same = legs.slice(0, i).filter((l) => l.strike_micros === leg.strike_micros && l.side === leg.side).length
          return (
            <Tooltip key={`${leg.right}${i}`} text={t('rulerHelp')}>
              <button
                type="button"
                role="slider"
                aria-label={t('handle', { side: long ? '+' : '−', right: leg.right, strike: strikeText(leg.strike_micros) })}
                aria-valuenow={strike}
                aria-valuemin={from}
                aria-valuemax={to}
                aria-valuetext={strikeText(leg.strike_micros)}
                onKeyDown={onKeyDown(i)}
                onPointerDown={onPointerDown(i)}
                onPointerMove={onPointerMove}
                onPointerUp={() => (drag.current = null)}
                className={cx(
                  'absolute z-10 flex h-7 min-w-14 -translate-x-1/2 cursor-ew-resize items-center justify-center gap-1 rounded-md border px-1.5 text-xs font-semibold shadow-sm coarse:h-11',
                  leg.right === 'call' ? 'border-call/60 bg-up-soft text-call' : 'border-put/60 bg-down-soft text-put',
                )}
                style={{ left: x(strike), top: long ? 8 - same * 4 : MIDDLE + 8 + same * 4 }}
              >
                {long ? '+' : '−'}
                {leg.ratio > 1 ? leg.ratio : ''}
                {leg.right === 'call' ? 'C' : 'P'} {strikeText(leg.strike_micros)}
              </button>
            </Tooltip>
          )
        })}
      </div>
    </section>
  )
}

/** Open interest, or where there is none today's volume, as bars: calls up, puts down. */
function Interest({ legs, strikes, books, x, from, to }: Pick<Props, 'legs' | 'strikes' | 'books' | 'from' | 'to'> & { x: (v: number) => number }) {
  const first = legs[0]
  const book = first && bookOf(books, first)
  if (!first || !book) return null
  const rows = strikes(first.expiry, first.root).filter((row) => row.strike_micros >= from * 1e6 && row.strike_micros <= to * 1e6)
  const read = (at: number, row: StrikeRow, right: 'call' | 'put') => (at < 0 ? 0 : (fields.oi.read(book.columns, at, row, right, null) ?? fields.volume.read(book.columns, at, row, right, null) ?? 0))
  const sizes = rows.map((row) => [read(row.call, row, 'call'), read(row.put, row, 'put')] as const)
  const most = Math.max(1, ...sizes.flat())
  return (
    <>
      {rows.map((row, i) => {
        const [call, put] = sizes[i] as readonly [number, number]
        const at = x(row.strike_micros / 1e6)
        const up = (call / most) * 40
        const down = (put / most) * 36
        return (
          <g key={row.strike_micros} opacity={0.35}>
            <rect x={at - 1.5} y={MIDDLE - up} width={3} height={up} fill="var(--call)" />
            <rect x={at - 1.5} y={MIDDLE} width={3} height={down} fill="var(--put)" />
          </g>
        )
      })}
    </>
  )
}
