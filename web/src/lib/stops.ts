/* Of a package a stop is its net price, signed as a limit is: + debit, − credit. Of one leg the desk takes a plain price. */
import type { OrderLeg } from '@/api/types.gen'

type Sides = readonly Pick<OrderLeg, 'side'>[]

const sellsOne = (legs: Sides) => legs.length === 1 && legs[0]?.side === 'sell'

/** As the desk takes it. One with the wrong sign stays wrong, and is refused. */
export function stopToSend(legs: Sides, signed_micros: number): number {
  return sellsOne(legs) ? -signed_micros : signed_micros
}

/** An order's stop, signed. */
export function signedStop({ legs, stop_micros }: { legs: Sides; stop_micros: number | null }): number | null {
  return stop_micros === null ? null : stopToSend(legs, stop_micros)
}
