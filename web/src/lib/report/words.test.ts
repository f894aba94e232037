import { expect, it } from 'vitest'
import { wholeWords } from './words'

it('ends a reason that was cut at a word', () => {
  const cut = `no contract within reach: ${'the nearest is far '.repeat(6)}away`.slice(0, 127)
  expect(cut).toHaveLength(127)
  expect(wholeWords(cut)).toMatch(/ (the|nearest|is|far)\u2026$/)
  expect(wholeWords('no contract')).toBe('no contract')
})
