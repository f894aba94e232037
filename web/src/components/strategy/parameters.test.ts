import { describe, expect, it } from 'vitest'
import type { Parameter } from '@/api/types.gen'
import { changedOf, decimalsOf, stepOf, valuesOf } from './parameters'

const parameter = (change: Partial<Parameter>): Parameter => ({ name: 'a', value: 1, min: null, max: null, step: null, unit: '', help: '', ...change })

describe('parameters of a strategy', () => {
  it('sends only what was changed', () => {
    const all = [parameter({ name: 'delta', value: 0.16 }), parameter({ name: 'wing', value: 50 })]
    const values = valuesOf(all)
    expect(changedOf(all, values)).toBeUndefined()
    expect(changedOf(all, { ...values, wing: 60 })).toEqual({ wing: 60 })
    expect(valuesOf(all, { delta: 0.2, other: 1 })).toEqual({ delta: 0.2, wing: 50 })
  })
  it('steps as finely as the strategy says, else as its value asks for', () => {
    expect(stepOf(parameter({ value: 0.16, step: 0.01 }))).toBe(0.01)
    expect(stepOf(parameter({ value: 0.16 }))).toBeCloseTo(0.01)
    expect(stepOf(parameter({ value: 50 }))).toBe(1)
    expect(decimalsOf(parameter({ value: 0.16, step: 0.01 }))).toBe(2)
    expect(decimalsOf(parameter({ value: 0.165, step: 0.05 }))).toBe(3)
    expect(decimalsOf(parameter({ value: 50 }))).toBe(0)
  })
})
