import { describe, expect, it } from 'vitest'
import { correction, qr } from './qr'

describe('QR codes', () => {
  it('corrects as the standard’s example says (HELLO WORLD, 1-M)', () => {
    // ISO/IEC 18004, as worked out in many places: 16 data codewords and the 10 that correct them.
    const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17]
    expect(correction(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23])
  })
  it('is as large as the text needs, with its three finders', () => {
    const small = qr('hello') as boolean[][]
    expect(small).toHaveLength(21)
    const long = qr('otpauth://totp/Ironfly:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Ironfly') as boolean[][]
    expect(long.length).toBeGreaterThan(29)
    for (const [r, c] of [
      [0, 0],
      [0, long.length - 7],
      [long.length - 7, 0],
    ] as const) {
      const rows = long.slice(r, r + 7).map((row) => row.slice(c, c + 7).map(Number).join(''))
      expect(rows).toEqual(['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111'])
    }
  })
  it('refuses what does not fit', () => {
    expect(qr('x'.repeat(300))).toBeNull()
  })
})
