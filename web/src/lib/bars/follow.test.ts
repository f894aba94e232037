import { expect, it } from 'vitest'
import { followed } from './follow'

it('stays while there is room, and then moves with the newest bar', () => {
  expect(followed({ from: 0, to: 100 }, 50, 51)).toEqual({ from: 0, to: 100 })
  expect(followed({ from: 0, to: 100 }, 87, 88)).toEqual({ from: 1, to: 101 })
  expect(followed({ from: 0, to: 100 }, 87, 187)).toEqual({ from: 100, to: 200 })
})

it('goes back with it too, no further than the first bar', () => {
  expect(followed({ from: 100, to: 200 }, 180, 110)).toEqual({ from: 23, to: 123 })
  expect(followed({ from: 100, to: 200 }, 180, 5)).toEqual({ from: -6, to: 94 })
})

it('leaves who looks at what was', () => {
  expect(followed({ from: 0, to: 100 }, 300, 301)).toEqual({ from: 0, to: 100 })
})
