import { describe, expect, it } from 'vitest'
import { contrast, cssOf, inkOn, mix, parseHex, type Rgb } from './contrast'

describe('contrast', () => {
  it('is that of WCAG 2', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 6)
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2)
    expect(contrast([255, 0, 0], [255, 255, 255])).toBeCloseTo(4.0, 2)
  })
  it('finds an ink of 4.5 on every colour', () => {
    for (let r = 0; r < 256; r += 15)
      for (let g = 0; g < 256; g += 15)
        for (let b = 0; b < 256; b += 15) {
          const on: Rgb = [r, g, b]
          expect(contrast(on, inkOn(on))).toBeGreaterThan(4.5)
        }
  })
  it('reads and mixes colours', () => {
    expect(parseHex(' #7db0ff')).toEqual([125, 176, 255])
    expect(parseHex('#fff')).toEqual([255, 255, 255])
    expect(parseHex('rgb(1 2 3)')).toBeNull()
    expect(mix([0, 0, 0], [200, 100, 50], 0.5)).toEqual([100, 50, 25])
    expect(cssOf([1, 2, 3])).toBe('rgb(1 2 3)')
  })
})
