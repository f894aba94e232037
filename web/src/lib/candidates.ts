/*
 * What could be built for a view: every structure of the menu that fits it, tighter and wider, on listed strikes at the
 * middle of its quotes, with what it may make, lose and cost to trade. Pure: chains in, candidates out.
 */
import type { Expiry } from '@/api/types.gen'
import type { Leg } from '@/state/draft'
import { pricedLeg, type LegQuote } from './draft_market'
import { chances, extremes } from './payoff/payoff'
import { place, structures, type Listed, type Structure, type View } from './structures'

export interface Wish {
  view: View
  /** The most that one package may lose, in dollars. */
  lossMost: number
}

export interface Candidate {
  id: string
  structure: Structure
  legs: Leg[]
  /** Net price a share: + debit, - credit. */
  net: number
  /** Dollars of one package at expiry; profit is Infinity where it has no end. */
  profitMost: number
  lossMost: number
  chance: number
  expected: number
  /** What it costs to trade at the far sides instead of the middle, in dollars. */
  crossing: number
}

/** Distances from the forward, as shares of those in the menu. */
const STRETCHES = [0.6, 0.8, 1, 1.3, 1.7]

export interface Market {
  near: Listed
  far: Listed | null
  forward: number
  /** One expected move, in dollars. */
  move: number
  vol: number
  spot: number
  quoteOf: (leg: Leg) => LegQuote | null
  factsOf: (leg: Leg) => Expiry | null
}

function stretched(structure: Structure, by: number): Structure {
  return { ...structure, parts: structure.parts.map((part) => ({ ...part, at: part.at * by })) }
}

function judge(structure: Structure, legs: Leg[], market: Market): Omit<Candidate, 'id'> | null {
  let net = 0
  let far = 0
  const priced = []
  for (const leg of legs) {
    const quote = market.quoteOf(leg)
    const ready = pricedLeg(leg, quote, market.factsOf(leg), market.spot, 1)
    if (!ready || !quote || quote.bid === null || quote.ask === null) return null
    const side = leg.side === 'buy' ? 1 : -1
    net += side * leg.ratio * ready.entry
    far += side * leg.ratio * (leg.side === 'buy' ? quote.ask : quote.bid)
    priced.push(ready)
  }
  const ends = extremes(priced)
  const chance = chances(priced, market.forward, market.vol)
  // What has no end to its loss, or an end that several expiries hide, is for who builds it knowingly.
  if (!ends || !chance || ends.lossUnbounded || ends.maxLoss >= 0) return null
  return {
    structure,
    legs,
    net,
    profitMost: ends.profitUnbounded ? Infinity : ends.maxProfit,
    lossMost: -ends.maxLoss,
    chance: chance.profit,
    expected: chance.expected,
    crossing: (far - net) * 100,
  }
}

/** All that fit, in no order; each set of strikes once. */
export function candidates(wish: Wish, market: Market): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const structure of structures) {
    if (structure.view !== wish.view) continue
    for (const by of STRETCHES) {
      const legs = place(stretched(structure, by), market.near, market.far, market.forward, market.move)
      if (!legs) continue
      const id = `${structure.id} ${legs.map((leg) => `${leg.expiry}${leg.strike_micros}`).join(' ')}`
      if (found.has(id)) continue
      const judged = judge(structure, legs, market)
      if (judged && judged.lossMost <= wish.lossMost) found.set(id, { id, ...judged })
    }
  }
  return [...found.values()]
}

export type Order = 'value' | 'chance' | 'credit' | 'loss' | 'crossing'

const keys: Record<Order, (c: Candidate) => number> = {
  value: (c) => -c.expected / c.lossMost,
  chance: (c) => -c.chance,
  credit: (c) => c.net,
  loss: (c) => c.lossMost,
  crossing: (c) => c.crossing,
}

/** The best of each structure, so many of each at most: ten butterflies are one idea. */
export function ranked(found: readonly Candidate[], by: Order, ofEach = Infinity): Candidate[] {
  const seen = new Map<string, number>()
  return found
    .toSorted((a, b) => keys[by](a) - keys[by](b))
    .filter((c) => {
      const n = (seen.get(c.structure.id) ?? 0) + 1
      seen.set(c.structure.id, n)
      return n <= ofEach
    })
}
