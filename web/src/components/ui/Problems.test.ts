import { expect, it } from 'vitest'
import { complain, settle, useProblems } from './Problems'

const problem = (id: string, text: string) => ({ id, title: id, advice: '', error: new Error(text), retry: () => {} })
const shown = () => useProblems.getState().problems.map((p) => [p.id, (p.error as Error).message])

it('keeps each problem until it is settled, and the newest word of the same', () => {
  complain(problem('cancel 1', 'no answer'))
  complain(problem('cancel 2', 'no answer'))
  complain(problem('cancel 1', 'too late'))
  expect(shown()).toEqual([
    ['cancel 2', 'no answer'],
    ['cancel 1', 'too late'],
  ])
  settle('cancel 2')
  expect(shown()).toEqual([['cancel 1', 'too late']])
})
