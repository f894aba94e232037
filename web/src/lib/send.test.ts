import { expect, test } from 'vitest'
import { onPress, whyNotNow } from './send'

test('nothing is sent without a line, not even what reduces', () => {
  expect(whyNotNow('lost', 'SPX')).toContain('No connection')
  expect(whyNotNow('lost', 'SPX', true)).toContain('No connection')
})

test('at prices that stand still only what reduces is sent', () => {
  expect(whyNotNow('silent', 'SPX')).toContain('Prices of SPX stand still')
  expect(whyNotNow('silent', 'SPX', true)).toBeNull()
  expect(whyNotNow(null, 'SPX')).toBeNull()
})

test('at prices that stand still it takes a second press, which is none of a double click', () => {
  expect(onPress(null, null, 5000)).toBe('send')
  expect(onPress('silent', null, 5000)).toBe('ask')
  expect(onPress('silent', 5000, 5200)).toBe('nothing')
  expect(onPress('silent', 5000, 6000)).toBe('send')
  expect(onPress('lost', 5000, 6000)).toBe('nothing')
})
