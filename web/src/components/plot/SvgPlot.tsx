import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { cx } from '@/components/ui'
import { scale, ticks } from './ticks'

export interface Series {
  label: string
  values: readonly number[]
  /** A CSS colour: var(--accent). */
  colour: string
  dash?: string
  width?: number
  /** Filled between this and the next series. */
  band?: boolean
}

export interface Mark {
  x: number
  label?: string
  colour?: string
  dash?: string
  /** Its label stands on the ground: the top is for what is nearer to the eye. */
  low?: boolean
}

interface Props {
  title: string
  /** One sentence made of the data, for who does not see it. */
  summary: string
  xs: readonly number[]
  series: readonly Series[]
  marks?: readonly Mark[]
  /** Shaded from, to: an expected move; with a label it is in the legend. */
  shades?: readonly { from: number; to: number; colour: string; label?: string }[]
  dots?: readonly { x: number; y: number; colour: string }[]
  /** A hill on the ground, on no scale of its own: how likely each x is. */
  hill?: { label: string; values: readonly number[]; colour: string }
  /** Green above nothing and red below, under the first series. */
  zeroFill?: boolean
  /** The legend at the left, where what is drawn grows to the right. */
  legendLeft?: boolean
  /** Nothing is not in sight unless the values are near it. */
  floating?: boolean
  formatX: (x: number) => string
  formatY: (y: number) => string
  className?: string
}

const LEFT = 58
const RIGHT = 12
const TOP = 18
const BOTTOM = 22

/** Lines over a price or a time, as SVG: sharp at every size, coloured by the theme, read by pointer and by arrow keys. */
export function SvgPlot({ title, summary, xs, series, marks = [], shades = [], dots = [], hill, zeroFill, legendLeft, floating, formatX, formatY, className }: Props) {
  const id = useId().replaceAll(/[^a-zA-Z0-9]/g, '')
  const box = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 640, height: 300 })
  const [at, setAt] = useState<number | null>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const watch = new ResizeObserver(() => setSize({ width: Math.max(200, element.clientWidth), height: Math.max(120, element.clientHeight) }))
    watch.observe(element)
    return () => watch.disconnect()
  }, [])

  const { width, height } = size
  const from = xs[0] ?? 0
  const to = xs.at(-1) ?? 1
  const all = series.flatMap((s) => s.values.filter(Number.isFinite))
  const low = Math.min(...(floating ? [] : [0]), ...all)
  const high = Math.max(...(floating ? [] : [0]), ...all)
  const pad = (high - low || 1) * 0.06
  const x = scale(from, to, LEFT, width - RIGHT)
  const y = scale(low - pad, high + pad, height - BOTTOM, TOP)
  const paths = useMemo(
    () => series.map((s) => pathOf(xs, s.values, x, y)),
    // The scales follow from what is listed.
    // eslint-disable-next-line react/exhaustive-deps
    [series, xs, width, height, low, high],
  )
  const first = paths[0] ?? ''
  const near = (px: number) => {
    const value = from + ((px - LEFT) / (width - RIGHT - LEFT)) * (to - from)
    let best = 0
    for (let i = 1; i < xs.length; i++) if (Math.abs((xs[i] as number) - value) < Math.abs((xs[best] as number) - value)) best = i
    return best
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 20, PageDown: -20 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    setAt((i) => Math.max(0, Math.min(xs.length - 1, (i ?? Math.floor(xs.length / 2)) + step)))
  }
  const readX = at === null ? null : (xs[at] ?? null)
  return (
    <div
      ref={box}
      role="group"
      aria-label={title}
      aria-describedby={`${id}-summary`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => setAt(near(event.clientX - event.currentTarget.getBoundingClientRect().left))}
      onPointerLeave={() => setAt(null)}
      className={cx('relative min-h-32 touch-pan-y overflow-hidden', className)}
    >
      <p id={`${id}-summary`} className="quiet">
        {summary}
      </p>
      <svg width={width} height={height} aria-hidden="true" className="absolute inset-0 block">
        <defs>
          <clipPath id={`${id}-up`}>
            <rect x={LEFT} y={TOP - 10} width={width} height={Math.max(0, y(0) - TOP + 10)} />
          </clipPath>
          <clipPath id={`${id}-down`}>
            <rect x={LEFT} y={y(0)} width={width} height={Math.max(0, height - BOTTOM - y(0))} />
          </clipPath>
        </defs>
        {shades.map((s) => (
          <rect key={`${s.from}`} x={x(Math.max(from, s.from))} y={TOP} width={Math.max(0, x(Math.min(to, s.to)) - x(Math.max(from, s.from)))} height={height - TOP - BOTTOM} fill={s.colour} opacity={0.5} />
        ))}
        {ticks(low - pad, high + pad, Math.max(2, height / 48)).map((v) => (
          <g key={v}>
            <line x1={LEFT} x2={width - RIGHT} y1={y(v)} y2={y(v)} stroke={v === 0 ? 'var(--line-strong)' : 'var(--line)'} />
            <text x={LEFT - 6} y={y(v) + 3.5} textAnchor="end" fontSize="10.5" fill="var(--muted)">
              {formatY(v)}
            </text>
          </g>
        ))}
        {ticks(from, to, Math.max(2, width / 96)).map((v) => (
          <g key={v}>
            <line x1={x(v)} x2={x(v)} y1={height - BOTTOM} y2={height - BOTTOM + 4} stroke="var(--line-strong)" />
            <text x={x(v)} y={height - 6} textAnchor={x(v) > width - RIGHT - 16 ? 'end' : 'middle'} dx={x(v) > width - RIGHT - 16 ? RIGHT - 2 : 0} fontSize="10.5" fill="var(--muted)">
              {formatX(v)}
            </text>
          </g>
        ))}
        {zeroFill && first && (
          <>
            <path d={`${first}L${x(to)} ${y(0)}L${x(from)} ${y(0)}Z`} fill="var(--up)" opacity={0.16} clipPath={`url(#${id}-up)`} />
            <path d={`${first}L${x(to)} ${y(0)}L${x(from)} ${y(0)}Z`} fill="var(--down)" opacity={0.14} clipPath={`url(#${id}-down)`} />
          </>
        )}
        {hill && <path d={hillOf(xs, hill.values, x, height - BOTTOM, (height - TOP - BOTTOM) * 0.3)} fill={hill.colour} opacity={0.14} stroke={hill.colour} strokeOpacity={0.5} />}
        {series.map((s, i) =>
          s.band ? <path key={`band-${s.label}`} d={bandOf(xs, s.values, series[i + 1]?.values ?? s.values, x, y)} fill={s.colour} opacity={0.13} /> : null,
        )}
        {marks.map((mark, i) => (
          <g key={`${mark.x}-${i}`}>
            <line x1={x(mark.x)} x2={x(mark.x)} y1={TOP} y2={height - BOTTOM} stroke={mark.colour ?? 'var(--faint)'} strokeDasharray={mark.dash ?? '3 4'} />
            {mark.label && (
              <text x={Math.min(width - RIGHT - 20, Math.max(LEFT + 20, x(mark.x)))} y={mark.low ? height - BOTTOM - 5 : 12} {...sideOf(mark, marks.filter((other) => other.low === mark.low), x)} fontSize="10.5" fill={mark.colour ?? 'var(--muted)'} paintOrder="stroke" stroke="var(--panel)" strokeWidth={mark.low ? 3 : 0}>
                {mark.label}
              </text>
            )}
          </g>
        ))}
        {paths.map((d, i) => {
          const s = series[i] as Series
          return s.width === 0 ? null : <path key={s.label} d={d} fill="none" stroke={s.colour} strokeWidth={s.width ?? 1.75} strokeDasharray={s.dash} strokeLinejoin="round" />
        })}
        {dots.map((dot) => (
          <circle key={`${dot.x}-${dot.y}`} cx={x(dot.x)} cy={y(dot.y)} r={3.5} fill={dot.colour} stroke="var(--panel)" strokeWidth={1.5} />
        ))}
        {readX !== null && (
          <>
            <line x1={x(readX)} x2={x(readX)} y1={TOP} y2={height - BOTTOM} stroke="var(--accent)" />
            {series.map((s) => {
              const value = s.values[at ?? 0]
              return value === undefined || !Number.isFinite(value) || s.width === 0 ? null : <circle key={s.label} cx={x(readX)} cy={y(value)} r={3} fill={s.colour} />
            })}
          </>
        )}
      </svg>
      <div className={cx('pointer-events-none absolute top-4 flex flex-col gap-0.5 rounded bg-panel/80 px-1.5 py-1 text-2xs', legendLeft ? 'left-16 items-start' : 'right-4 items-end')} aria-live="off">
        {readX !== null && <span className="font-semibold">{formatX(readX)}</span>}
        {series
          .filter((s) => s.width !== 0)
          .map((s) => (
            <span key={s.label} className="flex items-center gap-1.5 text-muted">
              <svg width="14" height="6" aria-hidden="true">
                <line x1="0" x2="14" y1="3" y2="3" stroke={s.colour} strokeWidth="2" strokeDasharray={s.dash} />
              </svg>
              {s.label}
              {at !== null && <span className="font-semibold text-text">{formatY(s.values[at] ?? Number.NaN)}</span>}
            </span>
          ))}
        {shades
          .filter((s) => s.label)
          .map((s) => (
            <span key={s.label} className="flex items-center gap-1.5 text-muted">
              <svg width="14" height="6" aria-hidden="true">
                <rect width="14" height="6" fill={s.colour} stroke="var(--line-strong)" strokeWidth="1" />
              </svg>
              {s.label}
            </span>
          ))}
        {hill && (
          <span className="flex items-center gap-1.5 text-muted">
            <svg width="14" height="6" aria-hidden="true">
              <rect width="14" height="6" fill={hill.colour} opacity={0.35} />
            </svg>
            {hill.label}
          </span>
        )}
      </div>
    </div>
  )
}

/** A label beside its line where another stands near: to the side that is free. */
function sideOf(mark: Mark, marks: readonly Mark[], x: (v: number) => number): { textAnchor: 'start' | 'middle' | 'end'; dx: number } {
  const near = marks.filter((other) => other !== mark && other.label && Math.abs(x(other.x) - x(mark.x)) < 72)
  if (near.length === 0) return { textAnchor: 'middle', dx: 0 }
  if (near.every((other) => other.x > mark.x)) return { textAnchor: 'end', dx: 6 }
  return near.every((other) => other.x < mark.x) ? { textAnchor: 'start', dx: -6 } : { textAnchor: 'middle', dx: 0 }
}

function hillOf(xs: readonly number[], values: readonly number[], x: (v: number) => number, ground: number, most: number): string {
  const top = Math.max(...values)
  if (!(top > 0) || xs.length === 0) return ''
  return `M${x(xs[0] as number).toFixed(1)} ${ground}${xs.map((v, i) => `L${x(v).toFixed(1)} ${(ground - ((values[i] ?? 0) / top) * most).toFixed(1)}`).join('')}L${x(xs.at(-1) as number).toFixed(1)} ${ground}Z`
}

function pathOf(xs: readonly number[], values: readonly number[], x: (v: number) => number, y: (v: number) => number): string {
  let out = ''
  let pen = false
  for (let i = 0; i < xs.length; i++) {
    const value = values[i]
    if (value === undefined || !Number.isFinite(value)) {
      pen = false
      continue
    }
    out += `${pen ? 'L' : 'M'}${x(xs[i] as number).toFixed(1)} ${y(value).toFixed(1)}`
    pen = true
  }
  return out
}

function bandOf(xs: readonly number[], upper: readonly number[], lower: readonly number[], x: (v: number) => number, y: (v: number) => number): string {
  const there = pathOf(xs, upper, x, y)
  const back = pathOf([...xs].toReversed(), [...lower].toReversed(), x, y)
  return there && back ? `${there}L${back.slice(1)}Z` : ''
}
