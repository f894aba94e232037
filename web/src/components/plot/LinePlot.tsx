import { useEffect, useMemo, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './plot.css'
import { cx } from '@/components/ui'
import { colour, onTheme } from '@/state/prefs'

export interface Line {
  label: string
  values: readonly (number | null)[]
  /** A token of the theme: "accent", "up". */
  colour: string
  width?: number
  dash?: number[]
  /** Filled down to 0. */
  fill?: boolean
  /** Points alone, no line between. */
  points?: boolean
}

interface Props {
  /** One sentence of what is seen, made from the data. */
  summary: string
  x: readonly number[]
  lines: readonly Line[]
  /** x is seconds since 1970, shown as New York's days; else plain numbers. */
  time?: boolean
  height: number
  formatY: (value: number) => string
  /** Of the legend, where it says more than the axis does. */
  formatLegend?: (value: number) => string
  formatX?: (value: number) => string
  /** Plots of one key share their crosshair. */
  sync?: string
  className?: string
  /** Always in sight on the y axis, such as 0. */
  include?: number
}

const NEW_YORK = 'America/New_York'

/** Ticks of time as everywhere else: 5 Jan, the year where it begins, hours within a day. */
function dates(ticks: readonly number[], step: number): string[] {
  let year = ''
  return ticks.map((tick) => {
    const date = new Date(tick * 1e3)
    if (step < 86_400) return date.toLocaleTimeString('en-GB', { timeZone: NEW_YORK, hour: '2-digit', minute: '2-digit' })
    const thisYear = date.toLocaleDateString('en-GB', { timeZone: NEW_YORK, year: 'numeric' })
    const text = date.toLocaleDateString('en-GB', { timeZone: NEW_YORK, day: 'numeric', month: 'short' })
    if (thisYear === year) return text
    year = thisYear
    return `${text}\n${year}`
  })
}

function options(props: Props, width: number, legend: HTMLElement | null): uPlot.Options {
  const { lines, time, height, formatX, formatY, formatLegend = formatY, sync, include } = props
  const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1, size: 4 }, font: '11px "Inter Variable", sans-serif' }
  return {
    width,
    height,
    padding: [8, time ? 22 : 14, 0, 4],
    tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), NEW_YORK),
    legend: { show: legend !== null, live: true, mount: (_, element) => legend?.replaceChildren(element), markers: { width: 2 } },
    cursor: { sync: sync ? { key: sync } : undefined, points: { size: 7 }, drag: { x: true, y: false } },
    scales: {
      x: { time: Boolean(time) },
      y: {
        range: (_, min, max) => {
          const low = include === undefined ? min : Math.min(min, include)
          const high = include === undefined ? max : Math.max(max, include)
          const room = (high - low || Math.abs(high) || 1) * 0.06
          return [low === include ? low : low - room, high === include ? high : high + room]
        },
      },
    },
    axes: [
      { ...axis, size: time ? 42 : 30, values: time ? (_, ticks, __, ___, step) => dates(ticks, step) : formatX ? (_, ticks) => ticks.map((tick) => formatX(tick)) : undefined },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => formatY(tick)) },
    ],
    series: [
      { value: (_, value) => (value === null ? '' : time ? new Date(value * 1e3).toLocaleDateString('en-CA', { timeZone: NEW_YORK }) : (formatX ?? String)(value)), label: '\u00a0' },
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.points ? 0 : (line.width ?? 1.5),
        dash: line.dash,
        fill: line.fill ? `color-mix(in srgb, ${colour(line.colour)} 18%, transparent)` : undefined,
        points: { show: line.points ?? false, size: 4, fill: colour(line.colour) },
        spanGaps: false,
        pxAlign: 0,
        // Without a crosshair: the newest.
        value: (plot: uPlot, value: number | null, _index: number, at: number | null) => {
          const shown = at === null ? (line.values.findLast((v) => v !== null) ?? null) : value
          return shown === null || plot.data.length === 0 ? '—' : formatLegend(shown)
        },
      })),
    ],
  }
}

/** Lines over time or numbers. Drag to look closer, click twice to see all. Its table twin is for its owner to give. */
export function LinePlot(props: Props) {
  // What cannot be changed in a plot that stands makes a new one.
  return <Plot key={`${props.height} ${props.lines.map((line) => `${line.label}:${line.colour}`).join('|')}`} {...props} />
}

function Plot(props: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const legend = useRef<HTMLDivElement>(null)
  const data = useMemo(() => [props.x, ...props.lines.map((line) => line.values)] as unknown as uPlot.AlignedData, [props.x, props.lines])
  const latest = useRef(props)
  useEffect(() => {
    latest.current = props
  })

  useEffect(() => {
    const box = frame.current
    if (!box) return
    let plot: uPlot | null = null
    const draw = () => {
      plot?.destroy()
      plot = new uPlot(options(latest.current, box.clientWidth, legend.current), data, box)
    }
    draw()
    const resized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: latest.current.height }))
    resized.observe(box)
    const stop = onTheme(draw)
    return () => {
      stop()
      resized.disconnect()
      plot?.destroy()
    }
  }, [data])

  return (
    <div className={cx('plot min-w-0', props.className)}>
      <div ref={legend} className="px-2 text-xs" aria-hidden="true" />
      <div ref={frame} role="img" aria-label={props.summary} className="w-full" />
    </div>
  )
}
