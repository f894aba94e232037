/*
 * What a draft makes or loses: at expiry exactly, and at a date before, or in another vol, by Black-76 on each
 * leg's own forward and vol. All amounts are dollars of the whole draft. Pure: legs in, figures out.
 */
import { black, normCdf } from './black'

export interface PricedLeg {
  isCall: boolean
  strike: number
  /** Contracts, + long, - short: side times ratio times quantity. */
  quantity: number
  multiplier: number
  /** Years to its settlement, now. */
  years: number
  vol: number | null
  /** Forward over spot, and the discount factor, to its expiry. */
  carry: number
  discount: number
  /** Dollars a share that it is opened at: + for what a long costs. */
  entry: number
}

const DAYS = 365

/** Where the draft ends: its first expiry. Later legs are still alive then. */
export function horizon(legs: readonly PricedLeg[]): number {
  return legs.reduce((least, leg) => Math.min(least, leg.years), Infinity)
}

function legValue(leg: PricedLeg, spot: number, yearsAhead: number, shift: number): number {
  const years = leg.years - yearsAhead
  // A leg without a vol is worth what it is worth at its end; before, its value is not known.
  if (years > 1e-9 && leg.vol === null) return Number.NaN
  const part = leg.years > 0 ? Math.max(0, years) / leg.years : 0
  return black(leg.isCall, spot, leg.strike, Math.max(0, years), Math.max(0.001, (leg.vol ?? 0) + shift), leg.carry ** part, leg.discount ** part).price
}

/** P/L when the underlying stands at `spot`, `yearsAhead` from now, all vols moved by `shift`. NaN where a vol is missing. */
export function profit(legs: readonly PricedLeg[], spot: number, yearsAhead: number, shift = 0): number {
  let sum = 0
  for (const leg of legs) sum += leg.quantity * leg.multiplier * (legValue(leg, spot, yearsAhead, shift) - leg.entry)
  return sum
}

export interface DraftGreeks {
  delta: number
  gamma: number
  theta: number
  vega: number
}

export function greeks(legs: readonly PricedLeg[], spot: number, yearsAhead: number, shift = 0): DraftGreeks {
  const sum = { delta: 0, gamma: 0, theta: 0, vega: 0 }
  for (const leg of legs) {
    const years = Math.max(0, leg.years - yearsAhead)
    const part = leg.years > 0 ? years / leg.years : 0
    const g = black(leg.isCall, spot, leg.strike, years, leg.vol === null ? Number.NaN : Math.max(0.001, leg.vol + shift), leg.carry ** part, leg.discount ** part)
    const n = leg.quantity * leg.multiplier
    sum.delta += n * g.delta
    sum.gamma += n * g.gamma
    sum.theta += n * g.theta
    sum.vega += n * g.vega
  }
  return sum
}

export interface Extremes {
  maxProfit: number
  maxLoss: number
  profitUnbounded: boolean
  lossUnbounded: boolean
  breakevens: number[]
}

/** With one expiry: the corners are the strikes, between them it is straight. Null with several expiries. */
export function extremes(legs: readonly PricedLeg[]): Extremes | null {
  const end = horizon(legs)
  if (legs.length === 0 || legs.some((leg) => Math.abs(leg.years - end) > 1e-6)) return null
  const at = (spot: number) => profit(legs, spot, end)
  const strikes = [...new Set(legs.map((leg) => leg.strike))].toSorted((a, b) => a - b)
  const corners = [0, ...strikes]
  const values = corners.map(at)
  const last = corners.at(-1) ?? 0
  // Rounding leaves crumbs: what is less than a thousandth of a share is flat.
  const raw = at(last + 1) - at(last)
  const slope = Math.abs(raw) < 1e-3 ? 0 : raw
  const maxProfit = Math.max(...values)
  const maxLoss = Math.min(...values)
  const breakevens: number[] = []
  for (let i = 0; i + 1 < corners.length; i++) {
    const [a, b] = [values[i] as number, values[i + 1] as number]
    const [x, y] = [corners[i] as number, corners[i + 1] as number]
    if (a === 0 && x > 0) breakevens.push(x)
    else if (a * b < 0) breakevens.push(x + ((y - x) * -a) / (b - a))
  }
  const end0 = values.at(-1) as number
  if (end0 === 0 && slope !== 0) breakevens.push(last)
  else if (slope !== 0 && end0 * slope < 0) breakevens.push(last - end0 / slope)
  return { maxProfit, maxLoss, profitUnbounded: slope > 0, lossUnbounded: slope < 0, breakevens }
}

/** Prices to draw at: even steps, and every strike, breakeven and the spot exactly, so that corners stay corners. */
export function grid(from: number, to: number, steps: number, exact: readonly number[]): number[] {
  const xs = new Set<number>()
  for (let i = 0; i <= steps; i++) xs.add(from + ((to - from) * i) / steps)
  for (const x of exact) if (x >= from && x <= to) xs.add(x)
  return [...xs].toSorted((a, b) => a - b)
}

/** What to show: all strikes and two and a half deviations round the spot. */
export function range(legs: readonly PricedLeg[], spot: number): [number, number] {
  const vols = legs.map((leg) => leg.vol ?? 0.2)
  const vol = vols.reduce((sum, v) => sum + v, 0) / Math.max(1, vols.length)
  const end = Math.max(1 / DAYS, Math.min(2, horizon(legs)))
  const sd = Math.max(0.01, vol * Math.sqrt(end))
  const strikes = legs.map((leg) => leg.strike)
  const low = Math.min(spot * Math.exp(-2.5 * sd), ...strikes)
  const high = Math.max(spot * Math.exp(2.5 * sd), ...strikes)
  const pad = (high - low) * 0.06
  return [Math.max(0, low - pad), high + pad]
}

/** The chance that the price ends below x, lognormal round the forward. */
export function chanceBelow(x: number, forward: number, vol: number, years: number): number {
  if (x <= 0) return 0
  if (years <= 0 || vol <= 0) return x > forward ? 1 : 0
  const sd = vol * Math.sqrt(years)
  return normCdf(Math.log(x / forward) / sd + sd / 2)
}

/** How likely the price ends at x, by the same lognormal; on no scale but its own. */
export function density(x: number, forward: number, vol: number, years: number): number {
  if (x <= 0 || years <= 0 || vol <= 0) return 0
  const sd = vol * Math.sqrt(years)
  const d = Math.log(x / forward) / sd + sd / 2
  return Math.exp((-d * d) / 2) / x
}

/** The price so many deviations from the middle, by the same lognormal: below it ends normCdf(z) of all. */
export function priceAtSigma(z: number, forward: number, vol: number, years: number): number {
  const sd = vol * Math.sqrt(Math.max(0, years))
  return forward * Math.exp(z * sd - (sd * sd) / 2)
}

/** And back: how many deviations a price is away. Null where nothing moves any more. */
export function sigmaOf(price: number, forward: number, vol: number, years: number): number | null {
  const sd = vol * Math.sqrt(Math.max(0, years))
  return price > 0 && sd > 0 ? Math.log(price / forward) / sd + sd / 2 : null
}

export interface Chances {
  profit: number
  expected: number
}

/** Chance of profit and mean P/L at the first expiry, over the lognormal that `vol` and the forward give. */
export function chances(legs: readonly PricedLeg[], forward: number, vol: number): Chances | null {
  const years = horizon(legs)
  if (legs.length === 0 || !Number.isFinite(years) || years <= 0 || vol <= 0) return null
  const sd = vol * Math.sqrt(years)
  const strikes = legs.map((leg) => leg.strike)
  const from = forward * Math.exp(-8 * sd)
  const to = forward * Math.exp(8 * sd)
  const xs = grid(from, to, 1600, strikes)
  let won = 0
  let mean = 0
  let before = chanceBelow(from, forward, vol, years)
  let value = profit(legs, from, years)
  for (let i = 1; i < xs.length; i++) {
    const x = xs[i] as number
    const next = profit(legs, x, years)
    const below = chanceBelow(x, forward, vol, years)
    const weight = below - before
    mean += (weight * (value + next)) / 2
    // Within a step the P/L is a line: the part of it above nothing counts.
    if (value > 0 && next > 0) won += weight
    else if (value * next < 0) won += weight * (Math.max(value, next) / (Math.abs(value) + Math.abs(next)))
    before = below
    value = next
  }
  return Number.isFinite(mean) ? { profit: won, expected: mean } : null
}
