import { expect, it } from 'vitest'
import type { Expiry } from '@/api/types.gen'
import type { Leg } from '@/state/draft'
import { legNotes } from './leg_notes'

const leg = (root: string, expiry: string, right: Leg['right'], strike: number, side: Leg['side']): Leg => ({ root, expiry, right, strike_micros: strike * 1e6, side, ratio: 1 })
const factsOf = ({ root, expiry }: Leg) => ({ root, expiry, settle: root === 'SPX' ? 'am' : 'pm', style: root === 'SPY' ? 'american' : 'european' }) as Expiry
const ids = (legs: Leg[], spot: number | null = 500, mids: (number | null)[] = []) => legNotes(legs, factsOf, spot, mids).map((note) => note.id)

it('warns of short American legs by name, and by what they have left', () => {
  const legs = [leg('SPY', '2024-01-19', 'put', 510, 'sell'), leg('SPY', '2024-01-19', 'put', 490, 'sell'), leg('SPY', '2024-01-19', 'call', 520, 'sell'), leg('SPY', '2024-01-19', 'call', 495, 'buy')]
  expect(ids(legs)).toEqual(['noteAssignNow', 'noteAssign', 'noteDividend', 'notePhysical'])
  const [now, later] = legNotes(legs, factsOf, 500, [10.25, 3, 2, 6])
  expect(now?.params).toMatchObject({ by: '10.00', left: '0.25' })
  expect(now?.params.leg).toContain('P 510')
  expect(later?.params.legs).toContain('P 490')
  // Long legs are exercised by nobody else.
  expect(ids([leg('SPY', '2024-01-19', 'call', 495, 'buy')])).toEqual(['notePhysical'])
})

it('tells the opening from the close, and several ends', () => {
  expect(ids([leg('SPXW', '2024-01-19', 'put', 4900, 'sell')])).toEqual(['noteCash'])
  expect(ids([leg('SPX', '2024-01-19', 'put', 4900, 'sell')])).toEqual(['noteAm', 'noteCash'])
  expect(ids([leg('SPX', '2024-01-19', 'put', 4900, 'sell'), leg('SPXW', '2024-01-19', 'put', 4800, 'buy')])).toEqual(['noteAm', 'noteTwoRoots', 'noteCash'])
  expect(ids([leg('SPXW', '2024-01-18', 'put', 4900, 'sell'), leg('SPXW', '2024-01-19', 'put', 4900, 'buy')])).toEqual(['noteSeveral', 'noteCash'])
})

it('says nothing of an expiry that is not known', () => {
  expect(legNotes([leg('XYZ', '2024-01-19', 'put', 50, 'sell')], () => null, 60, [null])).toEqual([])
})
