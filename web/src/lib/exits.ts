/* The way out of a trade: a target for its profit and a stop for its loss, as orders of which one ends the other. */
import type { OrderNew, Position } from '@/api/types.gen'
import { turnedRound } from './risk'
import { stopToSend } from './stops'
import { tickOf } from './tick'

export interface Way {
  order: OrderNew
  /** What closing one package costs a share, + paid, − received: where the trade breaks even, and now; dollars. */
  entry: number
  now: number
  /** Dollars that one dollar a share of the price is worth, of all packages. */
  worth: number
  tick: number
}

/** Null for what has shares among its legs, or has no price yet. */
export function wayOut(p: Position): Way | null {
  const order = turnedRound(p)
  const held = p.legs.filter((leg) => leg.quantity !== 0)
  const multiplier = held[0]?.multiplier
  if (!order || p.cash_micros === null || multiplier === undefined || held.some((leg) => leg.right === null || leg.multiplier !== multiplier)) return null
  let now = 0
  for (const leg of held) {
    if (leg.mark_micros === null) return null
    now -= (leg.quantity / order.quantity) * leg.mark_micros
  }
  const worth = multiplier * order.quantity
  const quotes = held.map((leg) => ({ bid: leg.bid_micros === null ? null : leg.bid_micros / 1e6, ask: leg.ask_micros === null ? null : leg.ask_micros / 1e6 }))
  return { order, entry: p.cash_micros / 1e6 / worth, now: now / 1e6, worth, tick: tickOf(quotes) }
}

/** Of an order that is not sent yet, at the net price it opens at: closing for less than it opened for is a profit. */
export function wayOutOf(order: OrderNew, net_micros: number, multiplier: number, tick: number): Way {
  const entry = -net_micros / 1e6
  return { order, entry, now: entry, worth: multiplier * order.quantity, tick }
}

const roundTo = (value: number, step: number) => Math.round(Math.round(value / step) * step * 1e6) / 1e6

/** Whether closing it costs: what is left of a trade may bring what the whole cost, so the market says it and not the entry. */
export function isDebit(way: Way): boolean {
  return (way.now || way.entry) > 0
}

/**
 * The price at which a share of what it was opened for is won (share > 0) or lost, where that is still ahead; else of what it is worth now. On a step
 * that every grid has, unless it is too coarse.
 */
export function priceAt(way: Way, share: number): number {
  const of = (from: number) => from - share * Math.abs(from)
  const isAhead = way.entry > 0 === isDebit(way) && way.entry !== 0 && !isPast(way, share > 0 ? 'target' : 'stop', of(way.entry))
  const price = of(isAhead ? way.entry : way.now)
  const step = way.order.legs.length === 1 && Math.abs(price) >= 3 ? 0.1 : 0.05
  return roundTo(price, Math.abs(price) >= 10 * step ? Math.max(step, way.tick) : way.tick)
}

/** Dollars won when all of it is closed at a price, before costs. */
export function gainAt(way: Way, price: number): number {
  return (way.entry - price) * way.worth
}

/** Whether the market is past a price already, so that it would fill at once. */
export function isPast(way: Way, what: 'target' | 'stop', price: number): boolean {
  return what === 'target' ? price >= way.now : price <= way.now
}

/** The orders for it; with both, what one fills the other no longer may. */
export function exitOrders(way: Way, target: number | null, stop: number | null, tif: 'day' | 'gtc', word: string): OrderNew[] {
  const common: OrderNew = { ...way.order, time_in_force: tif, ...(target !== null && stop !== null ? { oco: word } : {}) }
  const orders: OrderNew[] = []
  if (target !== null) orders.push({ ...common, type: 'limit', limit_micros: Math.round(target * 1e6) })
  if (stop !== null) orders.push({ ...common, type: 'stop', stop_micros: stopToSend(way.order.legs, Math.round(stop * 1e6)) })
  return orders
}
