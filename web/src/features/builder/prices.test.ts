import { expect, it } from 'vitest'
import { tablePrices } from './prices'

it('takes round prices, and what matters exactly; never two beside each other that say the same', () => {
  expect(tablePrices(4900, 5000, [], 5)).toEqual([5000, 4980, 4960, 4940, 4920, 4900])
  // 4960.4 stands for 4960.
  expect(tablePrices(4900, 5000, [4960.4, 4931], 5)).toEqual([5000, 4980, 4960.4, 4940, 4931, 4920, 4900])
  expect(tablePrices(4900, 5000, [4931, 4931], 5).filter((p) => p === 4931)).toHaveLength(1)
})
