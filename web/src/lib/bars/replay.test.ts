import { expect, it } from 'vitest'
import { DAY, wholeAt, type CandleBar, type Interval } from './bars'
import { compared } from './compare'
import { INDICATORS, pictureOf, type Input } from './picture'
import { USUAL } from './with'
import { beginning, known, momentOf, momentText, parseMarks, parseMoment, placed, stepped } from './replay'

const start = Date.parse('2024-01-05T09:30:00Z') / 1000
const bar = (time: number, close = 100): CandleBar => ({ time, open: close - 1, high: close + 2, low: close - 2, close, volume: 1000 })
const minutes = Array.from({ length: 120 }, (_, i) => bar(start + i * 60, 100 + Math.sin(i / 5) * 3))
const days = Array.from({ length: 120 }, (_, i) => bar(Date.parse('2024-01-01T00:00:00Z') / 1000 + i * DAY, 100 + Math.cos(i / 7) * 9))

it('reads moments and writes them again', () => {
  for (const text of ['2024-01-05', '2024-01-05T10:31:00', '2024-12-31', '2024-02-29T23:59:59']) expect(momentText(parseMoment(text) as number)).toBe(text)
  expect(parseMoment('2024-01-05T10:31')).toBe(parseMoment('2024-01-05T10:31:00'))
  expect((parseMoment('2024-01-05') as number) - (parseMoment('2024-01-05T16:00') as number)).toBe(8 * 3600)
  for (const wrong of [null, '', 'yes', '2024-02-30', '2024-1-5', '2024-01-05T25:00', '2024-01-05 10:31']) expect(parseMoment(wrong)).toBeNull()
})

it('knows a bar from its last second on, and a day from its close', () => {
  const third = minutes[2] as CandleBar
  expect(known(minutes, '60', third.time + 59)).toHaveLength(2)
  expect(known(minutes, '60', third.time + 60)).toHaveLength(3)
  expect(known(days, 'day', (days[2] as CandleBar).time + 16 * 3600 - 1)).toHaveLength(2)
  expect(known(days, 'day', (days[2] as CandleBar).time + 16 * 3600)).toHaveLength(3)
  expect(known(minutes, '60', 0)).toEqual([])
  expect(known(minutes, '60', null)).toBe(minutes)
})

it('steps from bar to bar and stops at both ends', () => {
  for (const [bars, interval] of [[minutes, '60'], [days, 'day']] as const) {
    const at = (n: number) => momentOf(bars[n - 1] as CandleBar, interval)
    expect(stepped(bars, interval, at(5), 1)).toBe(at(6))
    expect(stepped(bars, interval, at(5), -1)).toBe(at(4))
    expect(stepped(bars, interval, at(5), -99)).toBe(at(1))
    expect(stepped(bars, interval, at(5), 999)).toBe(at(120))
    expect(stepped(bars, interval, 0, 1)).toBe(at(1))
    expect(beginning(bars, interval)).toBe(at(60))
  }
  expect(stepped([], '60', 7, 1)).toBe(7)
  expect(beginning([], '60')).toBeNull()
})

it('steps over a hole of bars at once', () => {
  const holed = [bar(start), bar(start + 600)]
  expect(stepped(holed, '60', start + 60, 1)).toBe(start + 660)
  expect(stepped(holed, '60', start + 300, -1)).toBe(start + 60)
})

it('puts events on their bars, and drops what came later or has none', () => {
  const event = (time: number, text: string) => ({ time, kind: 'in' as const, text })
  const events = [event(start + 130, 'c'), event(start + 5, 'a'), event(start - 5, 'early'), event(start + DAY, 'another day')]
  expect(placed(events, minutes, null)).toEqual([event(start, 'a'), event(start + 120, 'c')])
  expect(placed(events, minutes, start + 129).map((e) => e.text)).toEqual(['a'])
  // A day that is not whole yet has no bar: what happened on it is not put on the day before.
  expect(placed([event(start, 'a')], known(days, 'day', start + 60), start + 60)).toEqual([])
})

it('reads a trade’s marks: a day is the end of it', () => {
  expect(parseMarks('2024-01-05T15:45:00:in,2024-02-01:out,x:in,2024-02-01:what,')).toEqual([
    { time: parseMoment('2024-01-05T15:45:00'), kind: 'in' },
    { time: (parseMoment('2024-02-01') as number) - 1, kind: 'out' },
  ])
  expect(parseMarks(null)).toEqual([])
})

/** Everything that is not whole by then is another market; events later than it are others. */
function perturbed(input: Input, moment: number): Input {
  const wild = (bars: readonly CandleBar[]) => bars.map((b, i) => (wholeAt(b, input.interval) > moment ? { time: b.time, open: 1e6 + i, high: 1e9, low: 1e-3, close: 5e5 * (i + 1), volume: 7e9 } : b))
  return {
    ...input,
    bars: [...wild(input.bars), bar((input.bars.at(-1) as CandleBar).time + 40 * DAY, 9)],
    others: input.others.map((o) => ({ ...o, bars: wild(o.bars).filter((b, i) => wholeAt(b, input.interval) <= moment || i % 2) })),
    events: [...input.events.filter((e) => e.time <= moment), { time: moment + 1, kind: 'out', text: 'told too early' }],
  }
}

for (const [interval, bars] of [['60', minutes], ['day', days]] as [Interval, CandleBar[]][])
  it(`shows the same of ${interval}, whatever comes later`, () => {
    const input: Input = {
      bars,
      interval,
      indicators: INDICATORS,
      lengths: USUAL,
      events: bars.map((b, i) => ({ time: b.time + 30, kind: i % 3 ? 'signal' : 'credit', text: `#${i}` })),
      cone: { move: 5, seconds: 30 * DAY },
      others: [{ symbol: 'QQQ', bars: bars.map((b, i) => bar(b.time, 50 + i)) }],
    }
    const last = bars.at(-1) as CandleBar
    for (let moment = (bars[0] as CandleBar).time - 1; moment < last.time + (interval === 'day' ? DAY : 120); moment += interval === 'day' ? 8 * 3600 : 47) {
      const seen = pictureOf(input, moment)
      const changed = pictureOf(perturbed(input, moment), moment)
      expect(changed).toEqual(seen)
      for (const { symbol, bars: theirs } of seen.others) expect(compared(symbol, changed.others[0]?.bars ?? [], changed.bars, 0)).toEqual(compared(symbol, theirs, seen.bars, 0))
      for (const b of seen.bars) expect(wholeAt(b, interval)).toBeLessThanOrEqual(moment)
    }
    // The test can fail: without the moment the other market is seen.
    expect(pictureOf(perturbed(input, start), null)).not.toEqual(pictureOf(input, null))
  })

it('draws of each bar in a replay what it draws of it at the end', () => {
  const input: Input = { bars: minutes, interval: '60', indicators: INDICATORS, lengths: USUAL, events: [], cone: null, others: [] }
  const whole = pictureOf(input, null)
  const then = pictureOf(input, (minutes[79] as CandleBar).time + 60)
  for (const [id, points] of then.lines) expect(points, id).toEqual(whole.lines.get(id)?.slice(0, points.length))
})
