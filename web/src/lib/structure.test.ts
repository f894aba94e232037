import { expect, it } from 'vitest'
import type { Leg } from '@/state/draft'
import { structureOf } from './structure'

/** "+P4850" */
function legs(...words: string[]): Leg[] {
  return words.map((word) => {
    const [, side, ratio, right, strike, expiry] = /^([+-])(\d?)([CP])(\d+)(?:@(\d+))?$/.exec(word) as unknown as string[]
    return { root: 'SPXW', expiry: `2026-11-${expiry ?? '20'}`, right: right === 'C' ? 'call' : 'put', strike_micros: Number(strike) * 1e6, side: side === '+' ? 'buy' : 'sell', ratio: Number(ratio || 1) }
  })
}

it('knows the structures by their legs, in whatever order these came', () => {
  expect(structureOf(legs('-C5100', '+P4850', '-P4900', '+C5150'))).toBe('ironCondor')
  expect(structureOf(legs('+P4900', '-P5000', '-C5000', '+C5100'))).toBe('ironFly')
  expect(structureOf(legs('-P4900', '+P4850'))).toBe('vertical')
  expect(structureOf(legs('-2P4900', '+P4950'))).toBe('ratio')
  expect(structureOf(legs('-P5000', '-C5000'))).toBe('straddle')
  expect(structureOf(legs('-P4900', '-C5100'))).toBe('strangle')
  expect(structureOf(legs('-P4900', '+C5100'))).toBe('riskReversal')
  expect(structureOf(legs('-C5000', '+C5000@27'))).toBe('calendar')
  expect(structureOf(legs('-C5000', '+C5050@27'))).toBe('diagonal')
  expect(structureOf(legs('+C5000', '-2C5050', '+C5100'))).toBe('butterfly')
  expect(structureOf(legs('+P5000', '-2P4950', '+P4850'))).toBe('brokenWing')
  expect(structureOf(legs('-P4900', '-C5100', '+C5150'))).toBe('jadeLizard')
  expect(structureOf(legs('+C5000'))).toBe('single')
  expect(structureOf(legs('+C5000', '+C5100'))).toBe('package')
})
