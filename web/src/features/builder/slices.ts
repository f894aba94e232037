import { useState } from 'react'

export type Unit = 'dollars' | 'percent' | 'sigma'

/** A price that somebody wants to look at, as it was said: 3 % away stays 3 % away. */
export interface Slice {
  id: number
  unit: Unit
  value: number
}

export function priceOf({ unit, value }: Pick<Slice, 'unit' | 'value'>, spot: number, at: (z: number) => number): number {
  if (unit === 'dollars') return value
  return unit === 'percent' ? spot * (1 + value / 100) : at(value)
}

export const stepOf = (unit: Unit) => (unit === 'dollars' ? { step: 1, decimals: 0 } : { step: 0.5, decimals: 1 })

export function moved(slices: readonly Slice[], id: number, value: number): Slice[] {
  return slices.map((slice) => (slice.id === id ? { ...slice, value } : slice))
}

export function added(slices: readonly Slice[], unit: Unit, value: number): Slice[] {
  return [...slices, { id: Math.max(0, ...slices.map((slice) => slice.id)) + 1, unit, value }]
}

/** Kept while the builder is open. */
export function useOwnSlices() {
  const [slices, set] = useState<Slice[]>([])
  return {
    slices,
    add: (unit: Unit, value: number) => set((now) => added(now, unit, value)),
    move: (id: number, value: number) => set((now) => moved(now, id, value)),
    remove: (id: number) => set((now) => now.filter((slice) => slice.id !== id)),
  }
}
