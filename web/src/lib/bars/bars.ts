/* Bars, and what time they stand at. Times are seconds as if New York's clock were UTC: the plot knows no zones. */

export type Interval = '5' | '60' | '300' | '900' | 'day'

export interface CandleBar {
  /** When it began; of a day its midnight. */
  time: number
  open: number
  high: number
  low: number
  close: number
  /** Shares; null where the source does not count them. */
  volume: number | null
}

export const DAY = 86_400
const CLOSE = 16 * 3600
const ZONE = 'America/New_York'
const offsets = new Map<number, number>()

export function secondsOf(interval: Interval): number {
  return interval === 'day' ? DAY : Number(interval)
}

function offsetAt(seconds: number): number {
  const hour = Math.floor(seconds / 3600)
  let offset = offsets.get(hour)
  if (offset === undefined) {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, timeZoneName: 'longOffset' }).formatToParts(hour * 3_600_000)
    const [, sign, h, m] = /GMT([+-])(\d+):?(\d+)?/.exec(parts.find((p) => p.type === 'timeZoneName')?.value ?? '') ?? []
    offset = (sign === '-' ? -1 : 1) * (Number(h ?? 0) * 3600 + Number(m ?? 0) * 60)
    offsets.set(hour, offset)
  }
  return offset
}

export function exchangeSeconds(ns: number): number {
  const seconds = Math.floor(ns / 1e9)
  return seconds + offsetAt(seconds)
}

/** The way back, to the second. */
export function exchangeNs(time: number): number {
  // New York is 4 or 5 hours behind: the second look is at the right side of a change of clocks.
  const near = time - offsetAt(time + 5 * 3600)
  return (time - offsetAt(near)) * 1e9
}

export function dayText(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10)
}

/** When a bar is whole: the close of its session, or its last second. An early close counts as 16:00 too: late, never early. */
export function wholeAt(bar: CandleBar, interval: Interval): number {
  return bar.time + (interval === 'day' ? CLOSE : Number(interval))
}

/** A quote's part in the bar that grows: the bar before it, or a new one. */
export function grow(last: CandleBar | undefined, time: number, seconds: number, price: number): CandleBar {
  const start = Math.floor(time / seconds) * seconds
  if (!last || start > last.time) return { time: start, open: price, high: price, low: price, close: price, volume: null }
  return { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price }
}

export interface Point {
  time: number
  value: number
}

const CONE_BARS = 60

export interface Cone {
  move: number
  seconds: number
}

/** Where one deviation leads, bar by bar: it widens with the root of time. */
export function ahead(end: CandleBar, step: number, cone: Cone, side: number): Point[] {
  const count = Math.min(CONE_BARS, Math.floor(cone.seconds / step))
  return Array.from({ length: count + 1 }, (_, i) => ({ time: end.time + i * step, value: end.close + side * cone.move * Math.sqrt((i * step) / cone.seconds) }))
}
