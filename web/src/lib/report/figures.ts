/*
 * What a report shows that the server's result does not hold as such: drawdown, months, and how much a Sharpe
 * ratio of so few days can be trusted. Days are New York's; a day's value is its last point.
 */
import type { Report, ReportPoint } from './types'

export interface Day {
  /** "2024-06-21" */
  day: string
  /** Seconds since 1970, of the point. */
  at: number
  equity: number
  underlying: number | null
}

const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' })

/** The last point of each day, in order. */
export function days(points: readonly ReportPoint[]): Day[] {
  const all: Day[] = []
  for (const point of points) {
    const day = DAY.format(point.time_ns / 1e6)
    const next = { day, at: Math.round(point.time_ns / 1e9), equity: point.equity, underlying: point.underlying }
    if (all.at(-1)?.day === day) all[all.length - 1] = next
    else all.push(next)
  }
  return all
}

/** How far below its highest the account is: 0 at a high, -0.05 five percent below. */
export function drawdown(equity: readonly number[], start: number): number[] {
  let high = start
  return equity.map((value) => {
    high = Math.max(high, value)
    return high > 0 ? value / high - 1 : 0
  })
}

/** Returns day by day; the first against the starting cash. */
export function dailyReturns(all: readonly Day[], start: number): number[] {
  let before = start
  return all.map(({ equity }) => {
    const made = before > 0 ? equity / before - 1 : 0
    before = equity
    return made
  })
}

export interface Year {
  year: string
  /** January to December; null where the run has no day. */
  months: (number | null)[]
  total: number
}

/** Returns of each month, compounded within the year. */
export function months(all: readonly Day[], start: number): Year[] {
  const years = new Map<string, Year>()
  let before = start
  let yearBefore = start
  for (let i = 0; i < all.length; i++) {
    const { day, equity } = all[i] as Day
    const month = day.slice(0, 7)
    if (all[i + 1]?.day.startsWith(month)) continue
    const name = day.slice(0, 4)
    const year = years.get(name) ?? { year: name, months: Array.from({ length: 12 }, () => null), total: 0 }
    if (!years.has(name)) yearBefore = before
    years.set(name, year)
    year.months[Number(day.slice(5, 7)) - 1] = before > 0 ? equity / before - 1 : null
    year.total = yearBefore > 0 ? equity / yearBefore - 1 : 0
    before = equity
  }
  return [...years.values()]
}

export interface Moments {
  n: number
  mean: number
  deviation: number
  skew: number
  /** 3 for a normal distribution. */
  kurtosis: number
}

export function moments(values: readonly number[]): Moments | null {
  const n = values.length
  if (n < 4) return null
  const mean = values.reduce((sum, x) => sum + x, 0) / n
  const around = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / n
  const second = around(2)
  if (second === 0) return null
  return { n, mean, deviation: Math.sqrt((second * n) / (n - 1)), skew: around(3) / second ** 1.5, kurtosis: around(4) / second ** 2 }
}

/** Φ, by Abramowitz and Stegun 7.1.26 (error below 1.5e-7). */
export function normal(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2)
  const erf = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp((-z * z) / 2)
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2
}

const YEAR_DAYS = 252
const Z95 = 1.959963984540054
const Z95_ONE_SIDE = 1.6448536269514722

export interface Trust {
  /** Of a year. */
  sharpe: number
  low: number
  high: number
  /** The chance that the true ratio is above 0, given these days. */
  above0: number
  /** Days that would be needed to say so at 95 %; null when the ratio is not above 0. */
  needed: number | null
  days: number
  skew: number
  kurtosis: number
}

/**
 * How sure the Sharpe ratio is: Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012), equations
 * 9 (PSR) and 11 (minimum track record). Days are taken as independent of one another, which flatters.
 */
export function trust(returns: readonly number[]): Trust | null {
  const m = moments(returns)
  if (!m) return null
  const daily = m.mean / m.deviation
  const spread = 1 - m.skew * daily + ((m.kurtosis - 1) / 4) * daily * daily
  if (!(spread > 0)) return null
  const error = Math.sqrt(spread / (m.n - 1))
  const year = Math.sqrt(YEAR_DAYS)
  return {
    sharpe: daily * year,
    low: (daily - Z95 * error) * year,
    high: (daily + Z95 * error) * year,
    above0: normal(daily / error),
    needed: daily > 0 ? Math.ceil(1 + spread * (Z95_ONE_SIDE / daily) ** 2) : null,
    days: m.n,
    skew: m.skew,
    kurtosis: m.kurtosis,
  }
}

export interface Step {
  id: 'gross' | 'spread' | 'commissions' | 'exchange' | 'regulatory' | 'net'
  value: number
}

/** From what the mids would have brought to what is left. */
export function costSteps({ stats }: Report): Step[] {
  const costs = stats.commissions + stats.exchange_fees + stats.regulatory_fees
  return [
    { id: 'gross', value: stats.pnl + costs + stats.spread_cost },
    { id: 'spread', value: -stats.spread_cost },
    { id: 'commissions', value: -stats.commissions },
    { id: 'exchange', value: -stats.exchange_fees },
    { id: 'regulatory', value: -stats.regulatory_fees },
    { id: 'net', value: stats.pnl },
  ]
}

/** Several runs on one axis of days, as the share gained since each began; null before its first and after its last. */
export function together(runs: readonly { days: readonly Day[]; start: number }[]): { at: number[]; gained: (number | null)[][] } {
  const at = new Map<string, number>()
  for (const run of runs) for (const d of run.days) at.set(d.day, Math.max(at.get(d.day) ?? 0, d.at))
  const axis = [...at.keys()].sort()
  return {
    at: axis.map((day) => at.get(day) as number),
    gained: runs.map((run) => {
      const byDay = new Map(run.days.map((d) => [d.day, d.equity]))
      const first = run.days[0]?.day ?? ''
      const last = run.days.at(-1)?.day ?? ''
      let held: number | null = null
      return axis.map((day) => {
        if (day < first || day > last) return null
        held = byDay.get(day) ?? held
        return held === null || run.start <= 0 ? null : held / run.start - 1
      })
    }),
  }
}
