/*
 * Bars as they came. A moment is a time of the exchange's clock; what was not whole by then is not there: everything that a
 * chart draws is made from what `known` leaves.
 */
import { DAY, dayText, secondsOf, wholeAt, type CandleBar, type Interval } from './bars'

/** "2024-01-05" is the end of that day, "2024-01-05T10:31" that minute; null: neither. */
export function parseMoment(text: string | null): number | null {
  const found = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?)?$/.exec(text ?? '')
  if (!found) return null
  const midnight = Date.parse(`${found[1]}T00:00:00Z`) / 1000
  if (!Number.isFinite(midnight) || dayText(midnight) !== found[1]) return null
  if (!found[2]) return midnight + DAY
  const time = Date.parse(`${found[1]}T${found[2]}${found[3] ?? ':00'}Z`) / 1000
  return Number.isFinite(time) ? time : null
}

export function momentText(moment: number): string {
  return moment % DAY === 0 ? dayText(moment - 1) : new Date(moment * 1000).toISOString().slice(0, 19)
}

function knownCount(bars: readonly CandleBar[], interval: Interval, moment: number): number {
  let low = 0
  let high = bars.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (wholeAt(bars[middle] as CandleBar, interval) <= moment) low = middle + 1
    else high = middle
  }
  return low
}

/** The bars that were whole by then; all of them where there is no moment. */
export function known<T extends readonly CandleBar[]>(bars: T, interval: Interval, moment: number | null): T | CandleBar[] {
  return moment === null ? bars : bars.slice(0, knownCount(bars, interval, moment))
}

/** The first moment at which a bar stands on the chart; of days the end of the day, which is how one speaks of them. */
export function momentOf(bar: Pick<CandleBar, 'time'>, interval: Interval): number {
  return bar.time + secondsOf(interval)
}

/** As many bars on or back; it stays between the first bar and the last. */
export function stepped(bars: readonly CandleBar[], interval: Interval, moment: number, by: number): number {
  const to = Math.min(bars.length, Math.max(1, knownCount(bars, interval, moment) + by))
  const bar = bars[to - 1]
  return bar ? momentOf(bar, interval) : moment
}

/** Where a replay begins if nobody said: with enough behind it to see where one is, and enough ahead. */
export function beginning(bars: readonly CandleBar[], interval: Interval): number | null {
  const bar = bars[Math.max(Math.floor(bars.length / 2), bars.length - 100) - 1] ?? bars[0]
  return bar ? momentOf(bar, interval) : null
}

export type EventKind = 'in' | 'out' | 'credit' | 'debit' | 'signal'

/** What happened at a time and is marked on the bar of that time. */
export interface BarEvent {
  time: number
  kind: EventKind
  text: string
}

/** Events on their bars: the last that had begun, on the same day. What came after the moment, or has no bar, is left out. */
export function placed(events: readonly BarEvent[], bars: readonly CandleBar[], moment: number | null): BarEvent[] {
  const days = new Map<number, CandleBar[]>()
  for (const bar of bars) {
    const day = Math.floor(bar.time / DAY)
    const of = days.get(day)
    if (of) of.push(bar)
    else days.set(day, [bar])
  }
  return events
    .flatMap((event) => {
      if (moment !== null && event.time > moment) return []
      const bar = days.get(Math.floor(event.time / DAY))?.findLast((b) => b.time <= event.time)
      return bar ? [{ ...event, time: bar.time }] : []
    })
    .toSorted((a, b) => a.time - b.time)
}

/** The marks of a trade in an address: "2024-01-05T15:45:00:in,2024-02-01:out". */
export function parseMarks(text: string | null): { time: number; kind: 'in' | 'out' }[] {
  return (text ?? '').split(',').flatMap((part) => {
    const cut = part.lastIndexOf(':')
    const time = parseMoment(part.slice(0, Math.max(0, cut)))
    const kind = part.slice(cut + 1)
    // The end of a day is the next one's midnight, and belongs to the day.
    return time !== null && (kind === 'in' || kind === 'out') ? [{ time: time % DAY === 0 ? time - 1 : time, kind }] : []
  })
}
