import { expect, it } from 'vitest'
import type { Preview } from '@/api/types.gen'
import { isOf, isOutdated } from './preview'

const legs = (...contracts: string[]) => contracts.map((contract) => ({ contract, side: 'buy' as const, ratio: 1 }))

it('takes a verdict only of the contracts that were asked about', () => {
  const judged = { legs: [{ contract: 'SPY   250103P00502000' }, { contract: 'SPY   250103P00506000' }] } as Preview
  expect(isOf(judged, { legs: legs('SPY   250103P00506000', 'SPY   250103P00502000') })).toBe(true)
  expect(isOf(judged, { legs: legs('SPXW  250103P05020000', 'SPXW  250103P05060000') })).toBe(false)
  expect(isOf(judged, { legs: legs('SPY   250103P00506000') })).toBe(false)
})

it('takes no verdict of a market long past', () => {
  expect(isOutdated(1000, 3000, 6900)).toBe(false)
  expect(isOutdated(1000, 3000, 7100)).toBe(true)
  // None has come yet: that is said in other words.
  expect(isOutdated(0, 3000, 7100)).toBe(false)
})
