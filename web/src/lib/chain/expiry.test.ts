import { expect, it } from 'vitest'
import type { Expiry } from '@/api/types.gen'
import { expiryKey, findExpiry, settlementOf, shareDay } from './expiry'

const of = (expiry: string, root: string, settle: 'am' | 'pm', style = 'european'): Expiry => ({ expiry, root, settle, style, days: 9, years: 0.02, strikes: 100, forward: 5000, forward_implied: true, discount: 1, atm_vol: 0.2, skew: null, straddle: null })
const listed = [of('2024-01-18', 'SPXW', 'pm'), of('2024-01-19', 'SPX', 'am'), of('2024-01-19', 'SPXW', 'pm')]

it('tells two roots of a day apart, and takes a date alone for the first of them', () => {
  for (const e of listed) expect(findExpiry(listed, expiryKey(e))).toBe(e)
  expect(findExpiry(listed, '2024-01-19')).toBe(listed[1])
  expect(findExpiry(listed, '2024-01-20 SPX')).toBeUndefined()
  expect(findExpiry(listed, null)).toBeUndefined()
  expect(listed.map((e) => shareDay(listed, e))).toEqual([false, true, true])
})

it('says what it ends as', () => {
  expect([...listed.slice(1), of('2024-01-19', 'SPY', 'pm', 'american')].map(settlementOf)).toEqual(['am', 'pm', 'physical'])
})
