import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { paced } from './pace'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('says the first at once, and then at most once a second all that came meanwhile', () => {
  const said: string[][] = []
  const say = paced<string>(1000, (items) => said.push(items))
  say('a')
  expect(said).toEqual([['a']])
  say('b')
  vi.advanceTimersByTime(400)
  say('c')
  vi.advanceTimersByTime(599)
  expect(said).toEqual([['a']])
  vi.advanceTimersByTime(1)
  expect(said).toEqual([['a'], ['b', 'c']])
  vi.advanceTimersByTime(5000)
  say('d')
  expect(said).toEqual([['a'], ['b', 'c'], ['d']])
})
