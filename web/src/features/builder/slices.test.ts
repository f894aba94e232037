import { expect, it } from 'vitest'
import { added, moved, priceOf, type Slice } from './slices'

const at = (z: number) => 500 + 10 * z

it('keeps each own price as it was said, whatever the spot does', () => {
  expect([
    priceOf({ unit: 'dollars', value: 510 }, 500, at),
    priceOf({ unit: 'percent', value: -2 }, 500, at),
    priceOf({ unit: 'sigma', value: 1.5 }, 500, at),
  ]).toEqual([510, 490, 515])
})

it('moves one and leaves the others; a new one is never taken for one that was', () => {
  let slices: Slice[] = added(added([], 'dollars', 510), 'sigma', 1)
  slices = moved(slices, 1, 520)
  expect(slices.map((s) => s.value)).toEqual([520, 1])
  slices = added(slices.filter((s) => s.id !== 1), 'percent', 3)
  expect(new Set(slices.map((s) => s.id)).size).toBe(2)
})
