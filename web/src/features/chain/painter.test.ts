import { expect, it } from 'vitest'
import { wholeRows } from './painter'

it('scrolls by whole rows, never short of what was asked for', () => {
  expect([wholeRows(-30, 24), wholeRows(0, 24), wholeRows(48, 24), wholeRows(49, 24)]).toEqual([0, 0, 48, 72])
})
