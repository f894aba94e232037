import { expect, it } from 'vitest'
import type { StrikeRow } from '@/lib/chain/rows'
import type { Leg } from '@/state/draft'
import { freshLeg, placed, stepped, typedStrike } from './edit_legs'

const rows = [4900, 4905, 4910, 4920].map((strike, i): StrikeRow => ({ expiry: '2026-11-20', root: 'SPXW', settle: 'pm', strike_micros: strike * 1e6, call: i, put: strike === 4910 ? -1 : i + 4 }))
const leg = (strike: number, right: Leg['right'] = 'call'): Leg => ({ root: 'SPXW', expiry: '2026-11-20', right, strike_micros: strike * 1e6, side: 'sell', ratio: 2 })
const at = (found: ReturnType<typeof placed>) => found && [found.leg.strike_micros / 1e6, found.why]

it('puts a typed strike on the nearest listed one, and says why it is another', () => {
  expect(at(placed([leg(4900)], 0, leg(4905), rows))).toEqual([4905, null])
  expect(at(placed([leg(4900)], 0, leg(4913), rows))).toEqual([4910, 'unlisted'])
  // A put at 4910 is not listed, though the call is.
  expect(at(placed([leg(4900)], 0, leg(4909, 'put'), rows))).toEqual([4905, 'unlisted'])
  expect(at(placed([leg(4900), leg(4905)], 0, leg(4905), rows))).toEqual([4900, 'taken'])
  expect(at(placed([leg(4900), leg(4905, 'put')], 0, leg(4905), rows))).toEqual([4905, null])
  expect(placed([leg(4900)], 0, leg(4905), [])).toBeNull()
  expect(placed([leg(4900)], 0, leg(4913), rows)?.leg).toMatchObject({ side: 'sell', ratio: 2 })
})

it('steps over strikes that are a leg already, and no further than the chain goes', () => {
  const legs = [leg(4900), leg(4905), leg(4910, 'put')]
  expect([stepped(legs, 0, 1, rows), stepped(legs, 0, -1, rows), stepped(legs, 0, 5, rows), stepped(legs, 0, 1, [])]).toEqual([4910e6, 4900e6, 4920e6, null])
})

it('adds a call at the money, beside the one that is there', () => {
  const first = freshLeg([], rows, 4906)
  expect(first).toEqual({ ...leg(4905), side: 'buy', ratio: 1 })
  expect(freshLeg([first as Leg], rows, 4906)?.strike_micros).toBe(4910e6)
  expect(freshLeg([], [], 4906)).toBeNull()
})

it('reads a strike as people type it', () => {
  expect(['4,905', ' 522.5 ', '', 'x', '-5'].map(typedStrike)).toEqual([4905e6, 522.5e6, null, null, null])
})
