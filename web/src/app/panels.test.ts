import { expect, it } from 'vitest'
import { inReadingOrder, nextOf } from './panels'

it('counts panels as one reads, a few pixels of height aside', () => {
  const at = (name: string, top: number, left: number) => ({ name, box: { top, left } })
  expect(inReadingOrder([at('right', 100, 500), at('below', 400, 0), at('left', 103, 0)]).map((p) => p.name)).toEqual(['left', 'right', 'below'])
})

it('goes round, and begins at an end from outside', () => {
  expect(nextOf(3, 2, 1)).toBe(0)
  expect(nextOf(3, 0, -1)).toBe(2)
  expect(nextOf(3, -1, 1)).toBe(0)
  expect(nextOf(3, -1, -1)).toBe(2)
})
