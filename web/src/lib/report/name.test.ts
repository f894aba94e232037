import { expect, it } from 'vitest'
import { ends } from './name'

it('keeps the last words of a name, by which runs of one strategy differ', () => {
  expect(ends('SPX iron condor, 45 days, 16 delta')).toEqual(['SPX iron condor, 45 days,', ' 16 delta'])
  expect(ends('short')).toEqual(['short', ''])
  for (const name of ['a b', 'iron condor', 'one-very-long-word-without-spaces', 'x '.repeat(20)]) expect(ends(name).join('')).toBe(name)
})
