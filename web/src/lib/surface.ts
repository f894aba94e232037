/*
 * A volatility surface as the screen shows it. Strikes are measured in standard deviations to the expiry,
 * z = ln(K / F) / (σ_atm √T), so that a day and a year stand side by side: by moneyness alone the wings of
 * short expiries run away. What lies outside the quotes is null, never guessed.
 */
import type { Surface, SurfaceSlice } from '@/api/types.gen'

export interface Slice {
  expiry: string
  root: string
  years: number
  days: number
  forward: number
  atm: number
  skew: number | null
  /** Ascending; ln(K / F) and the fitted vol there. */
  fit: { k: number; vol: number }[]
}

const known = (value: number | null | undefined): value is number => value !== null && value !== undefined && Number.isFinite(value)

function read(slice: SurfaceSlice): Slice | null {
  const { forward, atm_vol, years } = slice
  if (!known(forward) || !known(atm_vol) || forward <= 0 || atm_vol <= 0 || years <= 0) return null
  const fit = slice.strikes_micros
    .map((strike, i) => ({ k: known(strike) && strike > 0 ? Math.log(strike / 1e6 / forward) : Number.NaN, vol: slice.vol_fit[i] ?? Number.NaN }))
    .filter((p) => Number.isFinite(p.k) && Number.isFinite(p.vol))
    .sort((a, b) => a.k - b.k)
  return { expiry: slice.expiry, root: slice.root, years, days: Math.max(0, Math.round(years * 365)), forward, atm: atm_vol, skew: slice.skew, fit }
}

/** Slices that the surface goes through, by settlement. */
export function slicesOf(surface: Surface): Slice[] {
  return surface.slices.filter((s) => s.fitted).map(read).filter((s): s is Slice => s !== null && s.fit.length > 1)
}

/** Between two fitted strikes linearly; null outside them. */
export function volAt({ fit }: Slice, k: number): number | null {
  const after = fit.findIndex((p) => p.k >= k)
  const right = fit[after]
  if (!right) return null
  const left = fit[after - 1]
  if (!left) return right.k === k ? right.vol : null
  const share = (k - left.k) / (right.k - left.k)
  return left.vol + share * (right.vol - left.vol)
}

/** z steps of the grid: from far puts to far calls. */
export const STEPS: readonly number[] = Array.from({ length: 23 }, (_, i) => -3 + i * 0.25)

/** A row for each slice, a column for each step. */
export function gridOf(slices: readonly Slice[], steps: readonly number[] = STEPS): (number | null)[][] {
  return slices.map((slice) => steps.map((z) => volAt(slice, z * slice.atm * Math.sqrt(slice.years))))
}

export interface Term {
  expiry: string
  root: string
  days: number
  forward: number
  atm: number
  skew: number | null
  /** From the expiry before to this one, per year; null for the first, and where total variance falls. */
  forwardVol: number | null
  /** Total variance falls: a calendar arbitrage, or quotes that do not belong together. */
  falls: boolean
}

export function termOf(slices: readonly Slice[]): Term[] {
  let before: Slice | null = null
  return slices.map((s) => {
    const variance = s.atm ** 2 * s.years - (before ? before.atm ** 2 * before.years : 0)
    const years = s.years - (before?.years ?? 0)
    const term = { expiry: s.expiry, root: s.root, days: s.days, forward: s.forward, atm: s.atm, skew: s.skew, forwardVol: before && variance >= 0 && years > 0 ? Math.sqrt(variance / years) : null, falls: before !== null && variance < 0 }
    before = s
    return term
  })
}

export interface Smile {
  strikes: number[]
  bid: (number | null)[]
  ask: (number | null)[]
  fit: (number | null)[]
}

/** The quotes and the fit of one expiry, within `reach` standard deviations. */
export function smileOf(slice: SurfaceSlice, reach = 4): Smile {
  const spread = known(slice.atm_vol) ? reach * slice.atm_vol * Math.sqrt(slice.years) : Infinity
  const smile: Smile = { strikes: [], bid: [], ask: [], fit: [] }
  const order = slice.strikes_micros.map((strike, i) => ({ strike, i })).sort((a, b) => (a.strike ?? 0) - (b.strike ?? 0))
  for (const { strike, i } of order) {
    if (!known(strike) || strike <= 0) continue
    if (known(slice.forward) && Math.abs(Math.log(strike / 1e6 / slice.forward)) > spread) continue
    smile.strikes.push(strike / 1e6)
    smile.bid.push(slice.vol_bid[i] ?? null)
    smile.ask.push(slice.vol_ask[i] ?? null)
    smile.fit.push(slice.vol_fit[i] ?? null)
  }
  return smile
}

/** Vol at the money for so many days: total variance between the expiries beside it, flat beyond them. */
export function volFor(expiries: readonly { years: number; atm_vol: number | null }[], days: number): number | null {
  const points = expiries.flatMap((e) => (known(e.atm_vol) && e.years > 0 ? [{ years: e.years, variance: e.atm_vol ** 2 * e.years }] : [])).toSorted((a, b) => a.years - b.years)
  const years = days / 365
  const right = points.find((p) => p.years >= years)
  const left = points.findLast((p) => p.years < years)
  const one = right ?? left
  if (!one) return null
  if (!left || !right) return Math.sqrt(one.variance / one.years)
  const share = (years - left.years) / (right.years - left.years)
  return Math.sqrt((left.variance + share * (right.variance - left.variance)) / years)
}

export interface Standing {
  low: number
  high: number
  /** Between the lowest and the highest, 0 to 1; null where they are one. */
  rank: number | null
  /** Share of the days on which it stood lower. */
  percentile: number
}

/** Where a vol stands among those before it; null without any. */
export function standing(now: number, before: readonly number[]): Standing | null {
  if (before.length === 0) return null
  const low = Math.min(now, ...before)
  const high = Math.max(now, ...before)
  return { low, high, rank: high > low ? (now - low) / (high - low) : null, percentile: before.filter((v) => v < now).length / before.length }
}

/** Where the mids of an expiry bend the wrong way: a butterfly that would cost less than nothing. Strikes of the middle, in dollars. */
export function bends(slice: Pick<SurfaceSlice, 'strikes_micros' | 'vol_fit' | 'forward' | 'years'>, price: (strike: number, vol: number) => number): number[] {
  const points = slice.strikes_micros.flatMap((strike, i) => {
    const vol = slice.vol_fit[i]
    return known(strike) && known(vol) ? [{ strike: strike / 1e6, value: price(strike / 1e6, vol) }] : []
  })
  const found: number[] = []
  for (let i = 1; i + 1 < points.length; i++) {
    const [a, b, c] = [points[i - 1], points[i], points[i + 1]] as [(typeof points)[0], (typeof points)[0], (typeof points)[0]]
    const share = (c.strike - b.strike) / (c.strike - a.strike)
    // A thousandth of a dollar is rounding.
    if (share * a.value + (1 - share) * c.value - b.value < -1e-3) found.push(b.strike)
  }
  return found
}
