import { expect, it } from 'vitest'
import { together } from './Toast'

it('says a burst in one note, in the gravest of its colours', () => {
  expect(together([{ text: 'a', tone: 'up' }])).toEqual({ text: 'a', tone: 'up' })
  const many = Array.from({ length: 30 }, (_, i) => ({ text: `fill ${i}`, tone: i === 20 ? ('down' as const) : ('up' as const) }))
  expect(together(many)).toEqual({ text: 'fill 0\nfill 1\nfill 2\nfill 3\nand 26 more', tone: 'down' })
})
