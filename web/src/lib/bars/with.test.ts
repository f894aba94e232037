import { expect, it } from 'vitest'
import type { CandleBar } from './bars'
import { pictureOf } from './picture'
import { parseWith, USUAL, writeWith } from './with'

it('reads lengths from the address and writes them there; a name alone has its usual one', () => {
  expect(parseWith('sma50,rsi,volume,move')).toEqual({ indicators: ['sma', 'rsi', 'volume'], lengths: { ...USUAL, sma: 50 }, move: true })
  expect(parseWith(null)).toEqual({ indicators: ['sma'], lengths: USUAL, move: false })
  expect(parseWith('none').indicators).toEqual([])
  // What is no length is none.
  expect(parseWith('sma0,ema9999,rsix').lengths).toEqual(USUAL)
  for (const text of ['sma50,ema9,rsi21,move', 'bands30,macd,vol10', 'none']) expect(writeWith(parseWith(text))).toBe(text)
})

it('draws over so many bars', () => {
  const bars = Array.from({ length: 30 }, (_, i): CandleBar => ({ time: i * 60, open: i, high: i, low: i, close: i, volume: 1 }))
  const at = (sma: number) => pictureOf({ bars, interval: '60', indicators: ['sma', 'rsi'], lengths: { ...USUAL, sma, rsi: 5 }, events: [], cone: null, others: [] }, null).lines
  expect(at(10).get('sma')?.at(-1)?.value).toBe(24.5)
  expect(at(3).get('sma')?.at(-1)?.value).toBe(28)
  expect(at(3).get('rsi')).toHaveLength(25)
})
