import type { Expiry } from '@/api/types.gen'
import { priceAtSigma, sigmaOf } from '@/lib/payoff/payoff'

/** Prices as deviations from the forward, at the end of an expiry. */
export interface Sigmas {
  priceAt: (z: number) => number
  of: (price: number) => number | null
}

/** Null where its vol is not known. */
export function sigmasOf(front: Pick<Expiry, 'forward' | 'atm_vol' | 'years'> | null): Sigmas | null {
  if (!front?.forward || front.atm_vol === null) return null
  const { forward, atm_vol, years } = front
  return { priceAt: (z) => priceAtSigma(z, forward, atm_vol, years), of: (price) => sigmaOf(price, forward, atm_vol, years) }
}
