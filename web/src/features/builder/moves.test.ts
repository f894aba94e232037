import { expect, it } from 'vitest'
import type { StrikeRow } from '@/lib/chain/rows'
import type { Leg } from '@/state/draft'
import { mirrorLegs, moveLegs, oppositeOf } from './moves'

const rows: StrikeRow[] = [4900, 4905, 4910, 4915].map((strike, i) => ({ expiry: '2026-11-20', root: 'SPXW', settle: 'pm', strike_micros: strike * 1e6, call: i, put: i + 4 }))
const leg = (strike: number): Leg => ({ root: 'SPXW', expiry: '2026-11-20', right: 'put', strike_micros: strike * 1e6, side: 'sell', ratio: 1 })
const strikes = (legs: Leg[] | null) => legs?.map((l) => l.strike_micros / 1e6)

it('moves one leg or all by listed strikes, never out of the chain nor onto each other', () => {
  const legs = [leg(4900), leg(4910)]
  expect(strikes(moveLegs(legs, [0], 1, () => rows))).toEqual([4905, 4910])
  expect(strikes(moveLegs(legs, [0, 1], 1, () => rows))).toEqual([4905, 4915])
  expect(moveLegs(legs, [0, 1], 2, () => rows)).toBeNull()
  expect(moveLegs(legs, [0], -1, () => rows)).toBeNull()
  expect(moveLegs(legs, [0], 2, () => rows)).toBeNull()
})

it('finds the opposite of a leg, and moves both apart by listed strikes', () => {
  const call = (strike: number): Leg => ({ ...leg(strike), right: 'call' })
  const condor: Leg[] = [{ ...leg(4900), side: 'buy' }, leg(4905), call(4910), { ...call(4915), side: 'buy' }]
  expect([0, 1, 2, 3].map((i) => oppositeOf(condor, i))).toEqual([3, 2, 1, 0])
  const wide = [leg(4905), call(4910)]
  expect(strikes(mirrorLegs(wide, 0, -1, () => rows))).toEqual([4900, 4915])
  expect(mirrorLegs(wide, 0, -2, () => rows)).toBeNull()
  expect(strikes(mirrorLegs([leg(4905)], 0, 1, () => rows))).toEqual([4910])
})
