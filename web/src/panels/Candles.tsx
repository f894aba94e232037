import { CandlestickSeries, createChart, createSeriesMarkers, HistogramSeries, LineSeries, LineStyle, TrackingModeExitMode, type IChartApi, type ISeriesApi, type ISeriesMarkersPluginApi, type LineWidth, type LogicalRange, type SeriesMarker, type Time, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useMemo, useRef, useState } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Empty, Failure, Skeleton } from '@/components/ui'
import { exchangeSeconds, grow, secondsOf, type CandleBar, type Cone, type Interval } from '@/lib/bars/bars'
import { changeBy, compared, percentOf } from '@/lib/bars/compare'
import { FIRST, followed, FREE } from '@/lib/bars/follow'
import { LINES, onPrice, pictureOf, type Indicator, type LineId, type Picture } from '@/lib/bars/picture'
import type { BarEvent, EventKind } from '@/lib/bars/replay'
import { isTimed, USUAL, type Lengths } from '@/lib/bars/with'
import { useBars, useBarsOf, useStoredDay } from '@/lib/bars/source'
import { useDesk } from '@/lib/desk'
import { compact, number, signed, signedPercent } from '@/lib/format'
import { onTopic } from '@/lib/stream/client'
import { colour, onTheme } from '@/state/prefs'
import { CompareLegend, type Entry } from './CompareLegend'
import { Shades } from './candles_shades'
import { useTradeEvents } from './trade_events'

interface Props {
  symbol: string
  interval: Interval
  indicators: readonly Indicator[]
  /** Over how many bars each of them goes. */
  lengths?: Lengths
  /** Lines across: an expected move, a strike. */
  levels?: readonly { price: number; title: string }[]
  /** One deviation from the last price on: so far by the end, in so many seconds. */
  cone?: Cone | null
  /** Symbols laid over it; with any, everything is told as change since the first bar in view. */
  compare?: readonly string[]
  onRemove?: (symbol: string) => void
  /** Of a trade that is looked at again. */
  marks?: readonly BarEvent[]
  /** Nothing later than this is drawn; null: live. */
  moment?: number | null
}

const noLevels: readonly { price: number; title: string }[] = []
const noSymbols: readonly string[] = []
const noMarks: readonly BarEvent[] = []

export function Candles({ symbol, interval, indicators, lengths = USUAL, levels = noLevels, cone = null, compare = noSymbols, onRemove, marks = noMarks, moment = null }: Props) {
  const day = useStoredDay(symbol, interval, moment)
  const bars = useBars(symbol, interval, day)
  const others = useBarsOf(compare, interval, day)
  const own = useTradeEvents(symbol)
  const live = useDesk()?.symbols.includes(symbol) ?? false
  const picture = useMemo(
    () => pictureOf({ bars: bars.data ?? [], interval, indicators, lengths, events: [...marks, ...own], cone, others: compare.map((name, i) => ({ symbol: name, bars: others[i] ?? [] })) }, moment),
    [bars.data, interval, indicators, lengths, marks, own, cone, compare, others, moment],
  )
  if (bars.isPending) return <Skeleton rows={10} />
  if (bars.error) return <Failure error={bars.error} retry={() => void bars.refetch()} />
  if (bars.data.length > 0 && picture.bars.length === 0)
    return (
      <Empty icon="charts" title={t('nothingYet')}>
        {t('nothingYetText')}
      </Empty>
    )
  if (bars.data.length === 0 && (interval === 'day' || !live || moment !== null))
    return (
      <Empty icon="charts" title={t(day ? 'noBarsOf' : 'noBars', { symbol, day: day ?? '' })}>
        {t(day ? 'noBarsOfText' : 'noBarsText')}
      </Empty>
    )
  return <Drawn symbol={symbol} interval={interval} lengths={lengths} levels={levels} picture={picture} onRemove={onRemove} replayed={moment !== null} />
}

function options() {
  return {
    layout: { background: { color: colour('panel') }, textColor: colour('muted'), attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11, panes: { separatorColor: colour('line'), enableResize: true } },
    grid: { vertLines: { color: colour('line') }, horzLines: { color: colour('line') } },
    rightPriceScale: { borderColor: colour('line'), entireTextOnly: true },
    timeScale: { borderColor: colour('line') },
    // A finger that is lifted takes the cross along.
    trackingMode: { exitMode: TrackingModeExitMode.OnTouchEnd },
    crosshair: { vertLine: { color: colour('faint'), labelBackgroundColor: colour('accent-strong') }, horzLine: { color: colour('faint'), labelBackgroundColor: colour('accent-strong') } },
  }
}

function candleColours() {
  return { upColor: colour('up'), downColor: colour('down'), wickUpColor: colour('up'), wickDownColor: colour('down'), borderVisible: false }
}

const looks: Record<LineId, { token: string; title: 'sma' | 'ema' | 'bands' | 'rsi' | 'macd' | 'macdSignal' | 'vol' | 'volume' | null; width: LineWidth; style?: LineStyle; columns?: true }> = {
  sma: { token: 'accent', title: 'sma', width: 2 },
  ema: { token: 'warn', title: 'ema', width: 2 },
  upper: { token: 'faint', title: null, width: 1 },
  lower: { token: 'faint', title: 'bands', width: 1 },
  rsi: { token: 'accent', title: 'rsi', width: 1 },
  macdGap: { token: 'line-strong', title: null, width: 1, columns: true },
  macd: { token: 'accent', title: 'macd', width: 1 },
  macdSignal: { token: 'warn', title: 'macdSignal', width: 1, style: LineStyle.Dashed },
  vol: { token: 'accent', title: 'vol', width: 1 },
  volume: { token: 'line-strong', title: 'volume', width: 1, columns: true },
}

/** With over how many bars it goes, where that may be chosen. */
function titleOf(title: NonNullable<(typeof looks)[LineId]['title']>, lengths: Lengths): string {
  return isTimed(title) ? t('timed', { name: t(title), n: lengths[title] }) : t(title)
}

const marksOf: Record<EventKind, { position: 'aboveBar' | 'belowBar'; shape: 'circle' | 'arrowUp' | 'arrowDown' | 'square'; token: string }> = {
  in: { position: 'belowBar', shape: 'circle', token: 'paper' },
  out: { position: 'aboveBar', shape: 'circle', token: 'paper' },
  credit: { position: 'aboveBar', shape: 'arrowDown', token: 'down' },
  debit: { position: 'belowBar', shape: 'arrowUp', token: 'up' },
  signal: { position: 'belowBar', shape: 'square', token: 'accent' },
}

/* Told apart by their dashes as well as by their colours. */
export const COMPARE_LOOKS = [
  { token: 'compare-1', style: LineStyle.Solid },
  { token: 'compare-2', style: LineStyle.Dashed },
  { token: 'compare-3', style: LineStyle.Dotted },
  { token: 'compare-4', style: LineStyle.LargeDashed },
] as const

/* The price has four parts of the height, each pane below it one. */
const PRICE_PARTS = 4
const at = (time: number) => time as UTCTimestamp

interface View {
  /** Times of the first and the last bar in view. */
  from: number
  to: number
}

interface DrawnProps {
  symbol: string
  interval: Interval
  lengths: Lengths
  levels: readonly { price: number; title: string }[]
  picture: Picture
  onRemove: ((symbol: string) => void) | undefined
  replayed: boolean
}

function Drawn({ symbol, interval, lengths, levels, picture, onRemove, replayed }: DrawnProps) {
  const { bars } = picture
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<IChartApi>(null)
  const candles = useRef<ISeriesApi<'Candlestick'>>(null)
  const shades = useRef<Shades>(null)
  const last = useRef<CandleBar>(undefined)
  // Rises with another theme: lines and markers keep the colour that they were made with.
  const [theme, setTheme] = useState(0)
  const [view, setView] = useState<View | null>(null)

  const names = picture.others.map((o) => o.symbol).join(',')
  const from = view?.from ?? bars[0]?.time ?? 0
  const base = names === '' ? null : (bars.find((b) => b.time >= from)?.close ?? null)
  const others = useMemo(() => picture.others.map((o) => compared(o.symbol, o.bars, bars, from)), [picture.others, bars, from])

  // What is ahead of the bars (a cone) counts as bars for the library, so the eye is led here: see the last effect of data.
  const before = useRef<LogicalRange>(null)
  const hasCone = picture.cone.length > 0
  const shown = useRef(bars)
  useEffect(() => {
    shown.current = bars
  })

  useEffect(() => {
    if (!box.current) return
    const made = createChart(box.current, { ...options(), autoSize: true })
    // Once: said again, it would move the eye.
    made.timeScale().applyOptions({ rightOffset: FREE })
    chart.current = made
    const series = made.addSeries(CandlestickSeries, candleColours())
    candles.current = series
    const behind = new Shades()
    series.attachPrimitive(behind)
    shades.current = behind
    const stop = onTheme(() => {
      before.current = made.timeScale().getVisibleLogicalRange()
      made.applyOptions(options())
      series.applyOptions(candleColours())
      setTheme((n) => n + 1)
    })
    // The library keeps the cross where it was, though the chart is another under it.
    const resized = new ResizeObserver(() => made.clearCrosshairPosition())
    resized.observe(box.current)
    made.timeScale().subscribeVisibleLogicalRangeChange((range) => setView((was) => viewOf(range, shown.current, was)))
    return () => {
      stop()
      resized.disconnect()
      made.remove()
      chart.current = null
      candles.current = null
      shades.current = null
    }
  }, [])

  useEffect(() => {
    chart.current?.timeScale().applyOptions({ timeVisible: interval !== 'day', secondsVisible: interval === '5' })
  }, [interval])

  useEffect(() => {
    void picture
    before.current = chart.current?.timeScale().getVisibleLogicalRange() ?? null
  }, [picture])

  const percentual = base !== null
  useEffect(() => {
    candles.current?.applyOptions({ priceFormat: percentual ? { type: 'custom', minMove: 0.01, formatter: (value: number) => `${signed(value, 2)}%` } : { type: 'price', precision: 2, minMove: 0.01 } })
  }, [percentual])

  useEffect(() => {
    const series = candles.current
    if (!series) return
    const told = (b: CandleBar) => ({ time: at(b.time), open: scaled(b.open, base), high: scaled(b.high, base), low: scaled(b.low, base), close: scaled(b.close, base) })
    series.setData(bars.map(told))
    last.current = bars.at(-1)
    if (replayed) return
    return onTopic('quotes', (items) => {
      const quote = items.get(symbol)
      if (!quote?.last_micros || quote.market_ns === null || !candles.current) return
      const bar = grow(last.current, exchangeSeconds(quote.market_ns), secondsOf(interval), quote.last_micros / 1e6)
      if (last.current && bar.time < last.current.time) return
      // A day's bar that began when this page was opened would lie about its open: only one that is there grows.
      if (interval === 'day' && bar.time !== last.current?.time) return
      last.current = bar
      candles.current.update(told(bar))
    })
  }, [bars, symbol, interval, base, replayed])
  useEffect(() => {
    void theme
    shades.current?.show(picture.spans)
  }, [picture.spans, theme])

  // Series are made when the choice or the theme changes; what new bars bring are data alone, twice a minute for hours.
  const lines = useRef(new Map<LineId, ISeriesApi<'Line'> | ISeriesApi<'Histogram'>>())
  const ids = [...picture.lines.keys()].join(',')
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made) return
    const mine = new Map<LineId, ISeriesApi<'Line'> | ISeriesApi<'Histogram'>>()
    const panes = new Map<Indicator, number>()
    for (const id of ids.split(',').filter((x): x is LineId => x in LINES)) {
      const { token, title, width, style = LineStyle.Solid, columns } = looks[id]
      if (!onPrice(id) && !panes.has(LINES[id])) panes.set(LINES[id], panes.size + 1)
      const common = { color: colour(token), title: title ? titleOf(title, lengths) : '', priceLineVisible: false, lastValueVisible: false, ...(id === 'volume' ? { priceFormat: { type: 'custom' as const, minMove: 1, formatter: (value: number) => compact(value) } } : {}) }
      const pane = panes.get(LINES[id]) ?? 0
      mine.set(id, columns ? made.addSeries(HistogramSeries, common, pane) : made.addSeries(LineSeries, { ...common, lineWidth: width, lineStyle: style, crosshairMarkerVisible: false }, pane))
    }
    lines.current = mine
    made.panes().forEach((pane, i) => pane.setStretchFactor(i === 0 ? PRICE_PARTS : 1))
    return () => {
      lines.current = new Map()
      if (chart.current === made) for (const line of mine.values()) made.removeSeries(line)
    }
  }, [ids, lengths, theme])
  useEffect(() => {
    void theme
    for (const [id, points] of picture.lines) lines.current.get(id)?.setData(points.map((p) => ({ time: at(p.time), value: onPrice(id) ? scaled(p.value, base) : p.value })))
  }, [picture.lines, lengths, base, theme])

  const laid = useRef<ISeriesApi<'Line'>[]>([])
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made || names === '') return
    const mine = names.split(',').map((title, i) => {
      const look = COMPARE_LOOKS[i % COMPARE_LOOKS.length] ?? COMPARE_LOOKS[0]
      return made.addSeries(LineSeries, { color: colour(look.token), lineStyle: look.style, lineWidth: 2, title, priceLineVisible: false, lastValueVisible: true, priceFormat: { type: 'custom', minMove: 0.01, formatter: (value: number) => `${signed(value, 2)}%` } })
    })
    laid.current = mine
    return () => {
      laid.current = []
      if (chart.current === made) for (const line of mine) made.removeSeries(line)
    }
  }, [names, theme])
  useEffect(() => {
    void theme
    // A segment has the colour of the point that it begins at: before a hole it is none.
    laid.current.forEach((line, i) => line.setData((others[i]?.line ?? []).map((p) => ({ time: at(p.time), value: p.value, ...(p.gap ? { color: 'transparent' } : {}) }))))
  }, [others, names, theme])

  const edges = useRef<ISeriesApi<'Line'>[]>([])
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made || !hasCone) return
    edges.current = [1, -1].map(() => made.addSeries(LineSeries, { color: colour('paper'), lineWidth: 1, lineStyle: LineStyle.Dashed, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false }))
    return () => {
      const old = edges.current
      edges.current = []
      if (chart.current === made) for (const line of old) made.removeSeries(line)
    }
  }, [hasCone, theme])
  useEffect(() => {
    void theme
    edges.current.forEach((line, i) => line.setData((picture.cone[i] ?? []).map((p) => ({ time: at(p.time), value: scaled(p.value, base) }))))
  }, [picture.cone, base, theme])

  const drawn = useRef({ count: 0, hasCone: false, theme })
  useEffect(() => {
    const was = drawn.current
    drawn.current = { count: bars.length, hasCone, theme }
    const range = before.current
    // Live, the library follows by itself.
    if (range && (replayed || was.hasCone !== hasCone || was.theme !== theme)) chart.current?.timeScale().setVisibleLogicalRange(followed(range, was.count, bars.length))
  }, [bars, hasCone, replayed, theme])

  const eye = `${symbol} ${interval} ${replayed}`
  useEffect(() => {
    void eye
    const scale = chart.current?.timeScale()
    const n = bars.length
    scale?.setVisibleLogicalRange({ from: Math.max(FIRST, n - 140), to: Math.max(100, n + FREE) })
    // Only another view moves the eye; new bars do not.
    // eslint-disable-next-line react/exhaustive-deps
  }, [eye])

  useEffect(() => {
    void theme
    const series = candles.current
    if (!series) return
    const made = levels.map((level) => series.createPriceLine({ price: scaled(level.price, base), title: level.title, color: colour('paper'), lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: true }))
    return () => {
      if (candles.current === series) for (const line of made) series.removePriceLine(line)
    }
  }, [levels, base, theme])

  const markers = useMemo<SeriesMarker<Time>[]>(() => {
    void theme
    return picture.events.map((event) => {
      const { position, shape, token } = marksOf[event.kind]
      return { time: at(event.time), position, shape, color: colour(token), text: event.text }
    })
  }, [picture.events, theme])
  const told = useRef<ISeriesMarkersPluginApi<Time>>(null)
  useEffect(() => {
    if (!candles.current) return
    const made = createSeriesMarkers(candles.current, [])
    told.current = made
    return () => {
      told.current = null
      if (candles.current) made.detach()
    }
  }, [])
  useEffect(() => told.current?.setMarkers(markers), [markers])

  const close = bars.at(-1)?.close ?? null
  const to = view?.to ?? bars.at(-1)?.time ?? 0
  const ended = bars.findLast((b) => b.time <= to)?.close
  const entries: Entry[] = base === null ? [] : [{ symbol, change: ended === undefined ? null : percentOf(ended, base), since: null }, ...others.map((o): Entry => ({ symbol: o.symbol, change: changeBy(o, to), since: o.since !== null && o.since > from ? o.since : null }))]
  const summary = [
    t('summary', { n: bars.length, close: number(close, 2), low: number(Math.min(...bars.map((b) => b.low)), 2), high: number(Math.max(...bars.map((b) => b.high)), 2) }),
    ...(entries.length > 0 ? [t('summaryCompare', { list: entries.map((e) => `${e.symbol} ${e.change === null ? t('nothingHere') : signedPercent(e.change / 100)}`).join(', ') })] : []),
    ...(picture.events.length > 0 ? [t('summaryEvents', { n: picture.events.length, last: picture.events.at(-1)?.text ?? '' })] : []),
  ]
  return (
    <div role="group" aria-label={t('of', { symbol, interval: interval === 'day' ? t('day') : t(`i${interval}`) })} className="relative h-full min-h-48">
      <p className="quiet">{summary.join(' ')}</p>
      <div ref={box} className="absolute inset-0" />
      {entries.length > 0 && <CompareLegend entries={entries} interval={interval} onRemove={onRemove} />}
    </div>
  )
}

/** Dollars, or percent of what counts as nothing. */
function scaled(price: number, base: number | null): number {
  return base === null ? price : percentOf(price, base)
}

function viewOf(range: LogicalRange | null, bars: readonly CandleBar[], was: View | null): View | null {
  const first = bars[Math.max(0, Math.ceil(range?.from ?? 0))]
  const last = bars[Math.min(bars.length - 1, Math.floor(range?.to ?? bars.length))]
  if (!first || !last) return was
  return was?.from === first.time && was.to === last.time ? was : { from: first.time, to: last.time }
}
