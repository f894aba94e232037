/*
 * All that a chart draws, from bars, events and a moment. It is made here and nowhere else, so that a replay cannot show what
 * came later: the first thing done is to take that away.
 */
import { ahead, secondsOf, type CandleBar, type Cone, type Interval, type Point } from './bars'
import { bands, ema, macd, realisedVol, rsi, sma } from './indicators'
import { known, placed, type BarEvent } from './replay'
import { sessions, type Span } from './sessions'

export const INDICATORS = ['sma20', 'ema50', 'bands', 'rsi', 'macd', 'vol', 'volume'] as const
export type Indicator = (typeof INDICATORS)[number]

/** Each line or row of columns, and the indicator that it belongs to: its pane is that of the indicator. */
export const LINES = {
  sma20: 'sma20',
  ema50: 'ema50',
  upper: 'bands',
  lower: 'bands',
  rsi: 'rsi',
  macdGap: 'macd',
  macd: 'macd',
  macdSignal: 'macd',
  vol: 'vol',
  volume: 'volume',
} as const satisfies Record<string, Indicator>
export type LineId = keyof typeof LINES

const ON_PRICE: readonly Indicator[] = ['sma20', 'ema50', 'bands']

export function onPrice(id: LineId): boolean {
  return ON_PRICE.includes(LINES[id])
}

export interface Input {
  bars: readonly CandleBar[]
  interval: Interval
  indicators: readonly Indicator[]
  events: readonly BarEvent[]
  cone: Cone | null
  others: readonly { symbol: string; bars: readonly CandleBar[] }[]
}

export interface Picture {
  bars: readonly CandleBar[]
  lines: ReadonlyMap<LineId, readonly Point[]>
  events: readonly BarEvent[]
  /** Up and down. */
  cone: readonly (readonly Point[])[]
  others: readonly { symbol: string; bars: readonly CandleBar[] }[]
  spans: readonly Span[]
}

const SESSION = 6.5 * 3600
const DAYS = 252

function perYear(interval: Interval): number {
  return interval === 'day' ? DAYS : (DAYS * SESSION) / Number(interval)
}

function valuesOf(indicator: Indicator, bars: readonly CandleBar[], interval: Interval): Partial<Record<LineId, readonly number[]>> {
  const closes = bars.map((b) => b.close)
  switch (indicator) {
    case 'sma20':
      return { sma20: sma(closes, 20) }
    case 'ema50':
      return { ema50: ema(closes, 50) }
    case 'bands':
      return bands(closes, 20, 2)
    case 'rsi':
      return { rsi: rsi(closes, 14) }
    case 'macd': {
      const { fast, signal, gap } = macd(closes, 12, 26, 9)
      return { macdGap: gap, macd: fast, macdSignal: signal }
    }
    case 'vol':
      return { vol: realisedVol(closes, 20, perYear(interval)) }
    case 'volume':
      return { volume: bars.map((b) => b.volume ?? Number.NaN) }
  }
}

export function pictureOf({ bars: all, interval, indicators, events, cone, others }: Input, moment: number | null): Picture {
  const bars = known(all, interval, moment)
  const lines = new Map<LineId, Point[]>()
  for (const indicator of indicators)
    for (const [id, values] of Object.entries(valuesOf(indicator, bars, interval)))
      lines.set(id as LineId, values.flatMap((value, i) => (Number.isFinite(value) ? [{ time: (bars[i] as CandleBar).time, value }] : [])))
  const end = bars.at(-1)
  return {
    bars,
    lines,
    events: placed(events, bars, moment),
    cone: end && cone ? [1, -1].map((side) => ahead(end, secondsOf(interval), cone, side)) : [],
    others: others.map(({ symbol, bars: theirs }) => ({ symbol, bars: known(theirs, interval, moment) })),
    spans: sessions(bars, interval),
  }
}
