/* The way out of a trade: a target for its profit and a stop for its loss, as orders of which one ends the other. */
import type { OrderNew, Position } from '@/api/types.gen'
import { turnedRound } from './risk'
import { tickOf } from './tick'

export interface Way {
  order: OrderNew
  /** What closing one package costs a share, + paid, − received: as it was opened, and now; dollars. */
  entry: number
  now: number
  /** Dollars that one dollar a share of the price is worth, of all packages. */
  worth: number
  tick: number
}

/** Null for what has shares among its legs, is not of whole packages, or has no price yet. */
export function wayOut(p: Position): Way | null {
  const order = turnedRound(p)
  const multiplier = p.legs[0]?.multiplier
  if (!order || multiplier === undefined || p.legs.some((leg) => leg.right === null || leg.multiplier !== multiplier)) return null
  let entry = 0
  let now = 0
  for (const leg of p.legs) {
    if (leg.entry_micros === null || leg.mark_micros === null) return null
    entry -= (leg.quantity / p.quantity) * leg.entry_micros
    now -= (leg.quantity / p.quantity) * leg.mark_micros
  }
  const quotes = p.legs.map((leg) => ({ bid: leg.bid_micros === null ? null : leg.bid_micros / 1e6, ask: leg.ask_micros === null ? null : leg.ask_micros / 1e6 }))
  return { order, entry: entry / 1e6, now: now / 1e6, worth: multiplier * p.quantity, tick: tickOf(quotes) }
}

/** The price at which a share of what it was opened for is won (share > 0) or lost. */
export function priceAt(way: Way, share: number): number {
  const price = way.entry - share * Math.abs(way.entry)
  return Math.round(Math.round(price / way.tick) * way.tick * 1e6) / 1e6
}

/** Dollars won when all of it is closed at a price, before costs. */
export function gainAt(way: Way, price: number): number {
  return (way.entry - price) * way.worth
}

/** Why a price makes no sense: the market is past it, and it would fill at once. */
export function isPast(way: Way, what: 'target' | 'stop', price: number): boolean {
  return what === 'target' ? price >= way.now : price <= way.now
}

/** The orders for it; with both, what one fills the other no longer may. */
export function exitOrders(way: Way, target: number | null, stop: number | null, tif: 'day' | 'gtc', word: string): OrderNew[] {
  const common: OrderNew = { ...way.order, time_in_force: tif, ...(target !== null && stop !== null ? { oco: word } : {}) }
  const orders: OrderNew[] = []
  if (target !== null) orders.push({ ...common, type: 'limit', limit_micros: Math.round(target * 1e6) })
  if (stop !== null) orders.push({ ...common, type: 'stop', stop_micros: Math.round(stop * 1e6) })
  return orders
}
