/* Of a package a stop is its net price, signed as a limit is: + debit, − credit. Of one leg the desk takes a plain price. */
import type { Order } from '@/api/types.gen'

/** As the desk takes it. */
export function stopToSend(legs: number, signed_micros: number): number {
  return legs === 1 ? Math.abs(signed_micros) : signed_micros
}

/** An order's stop, signed. */
export function signedStop({ legs, stop_micros }: Pick<Order, 'legs' | 'stop_micros'>): number | null {
  if (stop_micros === null) return null
  return legs.length === 1 && legs[0]?.side === 'sell' ? -stop_micros : stop_micros
}
