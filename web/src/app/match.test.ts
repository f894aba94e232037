import { expect, it } from 'vitest'
import { rank } from './match'

const names = ['Chain', 'Charts', 'SPX', 'SPY', 'Positions', 'Open the ticket']

it('finds by first letters, by letters in order, and not what lacks one', () => {
  const find = (text: string) => rank(names, text, (n) => n)
  expect(find('')).toEqual(names)
  expect(find('sp')).toEqual(['SPX', 'SPY'])
  expect(find('spy')).toEqual(['SPY'])
  expect(find('ticket')[0]).toBe('Open the ticket')
  expect(find('ch').slice(0, 2)).toEqual(['Chain', 'Charts'])
  expect(find('xyz')).toEqual([])
})
