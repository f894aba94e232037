/*
 * All that a chart draws, from bars, events and a moment. It is made here and nowhere else, so that a replay cannot show what
 * came later: the first thing done is to take that away.
 */
import { ahead, secondsOf, type CandleBar, type Cone, type Interval, type Point } from './bars'
import { bands, ema, macd, realisedVol, rsi, sma } from './indicators'
import { known, placed, type BarEvent } from './replay'
import { sessions, type Span } from './sessions'
import type { Lengths } from './with'

export const INDICATORS = ['sma', 'ema', 'bands', 'rsi', 'macd', 'vol', 'volume'] as const
export type Indicator = (typeof INDICATORS)[number]

/** Each line or row of columns, and the indicator that it belongs to: its pane is that of the indicator. */
export const LINES = {
  sma: 'sma',
  ema: 'ema',
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

const ON_PRICE: readonly Indicator[] = ['sma', 'ema', 'bands']

export function onPrice(id: LineId): boolean {
  return ON_PRICE.includes(LINES[id])
}

export interface Input {
  bars: readonly CandleBar[]
  interval: Interval
  indicators: readonly Indicator[]
  /** Over how many bars each goes. */
  lengths: Lengths
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

function valuesOf(indicator: Indicator, bars: readonly CandleBar[], interval: Interval, lengths: Lengths): Partial<Record<LineId, readonly number[]>> {
  const closes = bars.map((b) => b.close)
  switch (indicator) {
    case 'sma':
      return { sma: sma(closes, lengths.sma) }
    case 'ema':
      return { ema: ema(closes, lengths.ema) }
    case 'bands':
      return bands(closes, lengths.bands, 2)
    case 'rsi':
      return { rsi: rsi(closes, lengths.rsi) }
    case 'macd': {
      const { fast, signal, gap } = macd(closes, 12, 26, 9)
      return { macdGap: gap, macd: fast, macdSignal: signal }
    }
    case 'vol':
      return { vol: realisedVol(closes, lengths.vol, perYear(interval)) }
    case 'volume':
      return { volume: bars.map((b) => b.volume ?? Number.NaN) }
  }
}

export function pictureOf({ bars: all, interval, indicators, lengths, events, cone, others }: Input, moment: number | null): Picture {
  const bars = known(all, interval, moment)
  const lines = new Map<LineId, Point[]>()
  for (const indicator of indicators)
    for (const [id, values] of Object.entries(valuesOf(indicator, bars, interval, lengths)))
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
