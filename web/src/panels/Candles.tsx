import { useQuery } from '@tanstack/react-query'
import { CandlestickSeries, createChart, createSeriesMarkers, LineSeries, type IChartApi, type ISeriesApi, type ISeriesMarkersPluginApi, type SeriesMarker, type Time, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useMemo, useRef, useState } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Empty, Failure, Skeleton } from '@/components/ui'
import { api, ApiError } from '@/lib/http'
import { bands, ema, rsi, sma } from '@/lib/bars/indicators'
import { useDesk } from '@/lib/desk'
import { number } from '@/lib/format'
import { onTopic, useTopic } from '@/lib/stream/client'
import { colour, onTheme } from '@/state/prefs'

export type Interval = '5' | '60' | '300' | '900' | 'day'
export type Indicator = 'sma20' | 'ema50' | 'bands' | 'rsi'

export interface CandleBar {
  time: number
  open: number
  high: number
  low: number
  close: number
}

const ZONE = 'America/New_York'
const offsets = new Map<number, number>()

/** The library knows no zones: moments are told as if New York's clock were UTC. */
function exchangeSeconds(ns: number): number {
  const seconds = Math.floor(ns / 1e9)
  const hour = Math.floor(seconds / 3600)
  let offset = offsets.get(hour)
  if (offset === undefined) {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, timeZoneName: 'longOffset' }).formatToParts(seconds * 1000)
    const [, sign, h, m] = /GMT([+-])(\d+):?(\d+)?/.exec(parts.find((p) => p.type === 'timeZoneName')?.value ?? '') ?? []
    offset = (sign === '-' ? -1 : 1) * (Number(h ?? 0) * 3600 + Number(m ?? 0) * 60)
    offsets.set(hour, offset)
  }
  return seconds + offset
}

export function useBars(symbol: string, interval: Interval) {
  return useQuery<CandleBar[]>({
    queryKey: ['bars', symbol, interval],
    retry: false,
    refetchInterval: interval === 'day' ? false : 20_000,
    queryFn: async () => {
      try {
        return await ask(symbol, interval)
      } catch (error) {
        // No bars yet is no error: they come with the quotes.
        if (error instanceof ApiError && error.status === 404) return []
        throw error
      }
    },
  })
}

async function ask(symbol: string, interval: Interval): Promise<CandleBar[]> {
  if (interval === 'day') {
    const { items } = await api('GET /api/v1/symbols/{symbol}/bars', { path: { symbol } })
    return items.flatMap((b) =>
      b.open_micros === null || b.high_micros === null || b.low_micros === null || b.close_micros === null
        ? []
        : [{ time: Date.parse(`${b.day}T00:00:00Z`) / 1000, open: b.open_micros / 1e6, high: b.high_micros / 1e6, low: b.low_micros / 1e6, close: b.close_micros / 1e6 }],
    )
  }
  const { items } = await api('GET /api/v1/symbols/{symbol}/intraday', { path: { symbol }, query: { seconds: Number(interval) } })
  return items.map((b) => ({ time: exchangeSeconds(b.ts_ns), open: b.open_micros / 1e6, high: b.high_micros / 1e6, low: b.low_micros / 1e6, close: b.close_micros / 1e6 }))
}

/** A quote's part in the bar that grows: the bar before it, or a new one. */
export function grow(last: CandleBar | undefined, time: number, seconds: number, price: number): CandleBar {
  const start = Math.floor(time / seconds) * seconds
  if (!last || start > last.time) return { time: start, open: price, high: price, low: price, close: price }
  return { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price }
}

/** Another symbol's closes as if it had begun where this one did. */
export function rebased(bars: readonly CandleBar[], others: readonly CandleBar[]): { time: number; value: number }[] {
  const known = new Map(others.map((b) => [b.time, b.close]))
  const first = bars.find((b) => known.has(b.time))
  const base = first && known.get(first.time)
  if (!first || !base) return []
  return bars.flatMap((b) => {
    const close = known.get(b.time)
    return close === undefined ? [] : [{ time: b.time, value: (first.close * close) / base }]
  })
}

const CONE_BARS = 60

/** Where one deviation leads, bar by bar: it widens with the root of time. */
export function ahead(end: CandleBar, step: number, cone: { move: number; seconds: number }, side: number): { time: number; value: number }[] {
  const count = Math.min(CONE_BARS, Math.floor(cone.seconds / step))
  return Array.from({ length: count + 1 }, (_, i) => ({ time: end.time + i * step, value: end.close + side * cone.move * Math.sqrt((i * step) / cone.seconds) }))
}

interface Props {
  symbol: string
  interval: Interval
  indicators: readonly Indicator[]
  /** Lines across: an expected move, a strike. */
  levels?: readonly { price: number; title: string }[]
  /** One deviation from the last price on: so far by the end, in so many seconds. */
  cone?: { move: number; seconds: number } | null
  /** Another symbol, put on the first bar's price. */
  compare?: string | null
  /** Days of a trade that is looked at again. */
  marks?: readonly { day: string; text: string }[]
}

export function Candles({ symbol, interval, indicators, levels = noLevels, cone = null, compare = null, marks = noMarks }: Props) {
  const bars = useBars(symbol, interval)
  const other = useBars(compare ?? symbol, interval)
  const live = useDesk()?.symbols.includes(symbol) ?? false
  if (bars.isPending) return <Skeleton rows={10} />
  if (bars.error) return <Failure error={bars.error} retry={() => void bars.refetch()} />
  if (bars.data.length === 0 && (interval === 'day' || !live))
    return (
      <Empty icon="charts" title={t('noBars', { symbol })}>
        {t('noBarsText')}
      </Empty>
    )
  return <Drawn symbol={symbol} interval={interval} indicators={indicators} levels={levels} cone={cone} compare={compare} marks={marks} others={compare ? (other.data ?? noBars) : noBars} bars={bars.data} />
}

const noBars: CandleBar[] = []
const noMarks: { day: string; text: string }[] = []
const noLevels: { price: number; title: string }[] = []

function options() {
  return {
    layout: { background: { color: colour('panel') }, textColor: colour('muted'), attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11, panes: { separatorColor: colour('line'), enableResize: true } },
    grid: { vertLines: { color: colour('line') }, horzLines: { color: colour('line') } },
    rightPriceScale: { borderColor: colour('line') },
    timeScale: { borderColor: colour('line'), timeVisible: true, secondsVisible: false, rightOffset: 6 },
    crosshair: { vertLine: { color: colour('faint'), labelBackgroundColor: colour('accent-strong') }, horzLine: { color: colour('faint'), labelBackgroundColor: colour('accent-strong') } },
  }
}

function candleColours() {
  return { upColor: colour('up'), downColor: colour('down'), wickUpColor: colour('up'), wickDownColor: colour('down'), borderVisible: false }
}

function Drawn({ symbol, interval, indicators, levels, cone, compare, marks, others, bars }: Required<Props> & { bars: CandleBar[]; others: CandleBar[] }) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<IChartApi>(null)
  const candles = useRef<ISeriesApi<'Candlestick'>>(null)
  const last = useRef<CandleBar>(undefined)
  // Rises with another theme: lines and markers keep the colour that they were made with.
  const [theme, setTheme] = useState(0)
  const orders = useTopic('orders')

  useEffect(() => {
    if (!box.current) return
    const made = createChart(box.current, { ...options(), autoSize: true })
    chart.current = made
    const series = made.addSeries(CandlestickSeries, candleColours())
    candles.current = series
    const stop = onTheme(() => {
      made.applyOptions(options())
      series.applyOptions(candleColours())
      setTheme((n) => n + 1)
    })
    return () => {
      stop()
      made.remove()
      chart.current = null
      candles.current = null
    }
  }, [])

  useEffect(() => {
    const series = candles.current
    if (!series) return
    series.setData(bars.map((b) => ({ ...b, time: b.time as UTCTimestamp })))
    last.current = bars.at(-1)
    const seconds = interval === 'day' ? 86_400 : Number(interval)
    return onTopic('quotes', (items) => {
      const quote = items.get(symbol)
      if (!quote?.last_micros || quote.market_ns === null || !candles.current) return
      const bar = grow(last.current, interval === 'day' ? (last.current?.time ?? 0) : exchangeSeconds(quote.market_ns), seconds, quote.last_micros / 1e6)
      if (last.current && bar.time < last.current.time) return
      last.current = bar
      candles.current.update({ ...bar, time: bar.time as UTCTimestamp })
    })
  }, [bars, symbol, interval])

  const view = `${symbol} ${interval}`
  useEffect(() => {
    void view
    const scale = chart.current?.timeScale()
    const n = bars.length
    scale?.setVisibleLogicalRange({ from: Math.max(-6, n - 140), to: Math.max(100, n + 6) })
    // Only another view moves the eye; new bars do not.
    // eslint-disable-next-line react/exhaustive-deps
  }, [view])

  // Series are made when the choice or the theme changes; what new bars bring are data alone, twice a minute for hours.
  const lines = useRef<{ line: ISeriesApi<'Line'>; of: (closes: readonly number[]) => readonly number[] }[]>([])
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made) return
    const add = (of: (closes: readonly number[]) => readonly number[], token: string, title: string, pane = 0, width: 1 | 2 = 1) => {
      const line = made.addSeries(LineSeries, { color: colour(token), lineWidth: width, title, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false }, pane)
      lines.current.push({ line, of })
    }
    if (indicators.includes('sma20')) add((closes) => sma(closes, 20), 'accent', t('sma20'), 0, 2)
    if (indicators.includes('ema50')) add((closes) => ema(closes, 50), 'warn', t('ema50'), 0, 2)
    if (indicators.includes('bands')) {
      add((closes) => bands(closes, 20, 2).upper, 'faint', '')
      add((closes) => bands(closes, 20, 2).lower, 'faint', t('bands'))
    }
    if (indicators.includes('rsi')) {
      add((closes) => rsi(closes, 14), 'accent', t('rsi'), 1)
      made.panes()[1]?.setHeight(110)
    }
    return () => {
      const old = lines.current
      lines.current = []
      if (chart.current === made) for (const { line } of old) made.removeSeries(line)
    }
  }, [indicators, theme])
  useEffect(() => {
    void theme
    const closes = bars.map((b) => b.close)
    for (const { line, of } of lines.current) line.setData(of(closes).flatMap((value, i) => (Number.isFinite(value) ? [{ time: (bars[i] as CandleBar).time as UTCTimestamp, value }] : [])))
  }, [bars, indicators, theme])

  const other = useRef<ISeriesApi<'Line'>>(null)
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made || !compare) return
    const line = made.addSeries(LineSeries, { color: colour('paper'), lineWidth: 2, title: compare, priceLineVisible: false, lastValueVisible: false })
    other.current = line
    return () => {
      other.current = null
      if (chart.current === made) made.removeSeries(line)
    }
  }, [compare, theme])
  useEffect(() => {
    void theme
    other.current?.setData(rebased(bars, others).map((p) => ({ time: p.time as UTCTimestamp, value: p.value })))
  }, [bars, others, compare, theme])

  const edges = useRef<ISeriesApi<'Line'>[]>([])
  const hasCone = cone !== null
  useEffect(() => {
    void theme
    const made = chart.current
    if (!made || !hasCone) return
    edges.current = [1, -1].map(() => made.addSeries(LineSeries, { color: colour('paper'), lineWidth: 1, lineStyle: 2, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false }))
    return () => {
      const old = edges.current
      edges.current = []
      if (chart.current === made) for (const line of old) made.removeSeries(line)
    }
  }, [hasCone, theme])
  useEffect(() => {
    void theme
    const end = bars.at(-1)
    if (!end || !cone) return
    edges.current.forEach((line, i) => line.setData(ahead(end, interval === 'day' ? 86_400 : Number(interval), cone, i === 0 ? 1 : -1).map((p) => ({ time: p.time as UTCTimestamp, value: p.value }))))
  }, [bars, cone, interval, theme])

  useEffect(() => {
    void theme
    const series = candles.current
    if (!series) return
    const made = levels.map((level) => series.createPriceLine({ price: level.price, title: level.title, color: colour('paper'), lineWidth: 1, lineStyle: 2, axisLabelVisible: true }))
    return () => {
      if (candles.current === series) for (const line of made) series.removePriceLine(line)
    }
  }, [levels, theme])

  const markers = useMemo<SeriesMarker<Time>[]>(() => {
    void theme
    const from = bars[0]?.time ?? 0
    const told = interval === 'day' ? marks.map((m): SeriesMarker<Time> => ({ time: (Date.parse(`${m.day}T00:00:00Z`) / 1000) as UTCTimestamp, position: 'aboveBar', shape: 'circle', color: colour('paper'), text: m.text })) : []
    return [...told, ...(orders ?? [])
      .filter((o) => o.symbol === symbol && o.filled > 0)
      .map((o): SeriesMarker<Time> => {
        const credit = o.cash_micros > 0
        return { time: exchangeSeconds(o.changed_ns) as UTCTimestamp, position: credit ? 'aboveBar' : 'belowBar', shape: credit ? 'arrowDown' : 'arrowUp', color: colour(credit ? 'down' : 'up'), text: `#${o.id}` }
      })]
      .filter((m) => (m.time as number) >= from)
      .toSorted((a, b) => (a.time as number) - (b.time as number))
  }, [orders, symbol, bars, interval, marks, theme])
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
  return (
    <div role="group" aria-label={t('of', { symbol, interval: interval === 'day' ? t('day') : t(`i${interval}`) })} className="relative h-full min-h-48">
      <p className="quiet">{t('summary', { n: bars.length, close: number(close, 2), low: number(Math.min(...bars.map((b) => b.low)), 2), high: number(Math.max(...bars.map((b) => b.high)), 2) })}</p>
      <div ref={box} className="absolute inset-0" />
    </div>
  )
}
