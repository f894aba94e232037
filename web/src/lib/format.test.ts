import { describe, expect, it } from 'vitest'
import { age, bytes, compact, day, dollars, gain, greek, number, percent, price, signed, signedPercent, strike, toMicros } from './format'

describe('numbers', () => {
  it('writes a real minus sign and no sign on what rounds to nothing', () => {
    expect(number(-1234.5, 1)).toBe('\u22121,234.5')
    expect(number(-0.001, 2)).toBe('0.00')
    expect(signed(0.001, 2)).toBe('0.00')
    expect(signed(3)).toBe('+3')
  })
  it('never writes 0 for what is not known', () => {
    for (const format of [number, signed, dollars, gain, percent, price, compact, age, bytes, signedPercent]) {
      expect(format(null)).toBe('—')
      expect(format(undefined)).toBe('—')
      expect(format(Number.NaN)).toBe('—')
    }
  })
  it('puts sign before the dollar', () => {
    expect(dollars(-3610)).toBe('\u2212$3,610')
    expect(gain(1083)).toBe('+$1,083')
    expect(gain(0)).toBe('$0')
  })
  it('reads micro-dollars', () => {
    expect(price(1_950_000)).toBe('1.95')
    expect(strike(512_500_000)).toBe('512.5')
    expect(strike(5_000_000_000)).toBe('5000')
    expect(toMicros(1.15)).toBe(1_150_000)
  })
  it('is short where there is little room', () => {
    expect(compact(9_999)).toBe('9,999')
    expect(compact(12_345)).toBe('12.3k')
    expect(compact(1_234_567)).toBe('1.23M')
    expect(age(400)).toBe('0.4 s')
    expect(age(125_000)).toBe('2 min')
    expect(bytes(2048)).toBe('2.0 KiB')
  })
  it('says days without a zone moving them', () => {
    expect(day('2024-06-21')).toBe('21 Jun')
    expect(percent(0.1234)).toBe('12.3%')
  })
})

it('writes each Greek with its sign, and in dollars where it is dollars', () => {
  expect((['delta', 'gamma', 'theta', 'vega'] as const).map((id) => greek(id, 12.345))).toEqual(['+12.3', '+12.345', '+$12', '+$12'])
  expect((['delta', 'gamma', 'theta', 'vega'] as const).map((id) => greek(id, -0.5))).toEqual(['\u22120.5', '\u22120.500', '\u2212$1', '\u2212$1'])
  expect(greek('theta', null)).toBe('—')
})
