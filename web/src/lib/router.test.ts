import { expect, it } from 'vitest'
import { withParams } from './router'

const HERE = 'http://desk/chain?symbol=SPX&expiry=2024-01-05'

it('makes a step of what a person chooses, none of what is typed, moves, or stays as it is', () => {
  expect(withParams(HERE, { symbol: 'SPY', expiry: null })).toEqual({ href: 'http://desk/chain?symbol=SPY', isStep: true })
  expect(withParams(HERE, { run: 'r1' })).toEqual({ href: `${HERE}&run=r1`, isStep: true })
  expect(withParams(HERE, { filter: 'delta<0.3' }).isStep).toBe(false)
  expect(withParams(HERE, { replay: '2024-02-14' }).isStep).toBe(false)
  expect(withParams(HERE, { symbol: 'SPX', filter: '', run: null })).toEqual({ href: HERE, isStep: false })
})
