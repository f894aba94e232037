/* Which ink can be read on a colour: by the contrast ratio of WCAG 2, not by where on a scale the colour stands. */

export type Rgb = readonly [number, number, number]

/** "#7db0ff" or "#7bf"; null for any other way to write a colour. */
export function parseHex(text: string): Rgb | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1]
  if (!digits) return null
  const whole = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits
  const at = (i: number) => parseInt(whole.slice(i, i + 2), 16)
  return [at(0), at(2), at(4)]
}

/** From one colour to another: share 0 is the first. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * share)
  return [at(0), at(1), at(2)]
}

export function cssOf([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`
}

/** Relative luminance: 0 black, 1 white. */
function luminance(rgb: Rgb): number {
  const linear = rgb.map((value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0)
}

/** 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const x = luminance(a) + 0.05
  const y = luminance(b) + 0.05
  return Math.max(x, y) / Math.min(x, y)
}

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

/** Black or white, whichever stands out more: at least 4.58 on any colour. */
export function inkOn(background: Rgb): Rgb {
  return contrast(background, BLACK) >= contrast(background, WHITE) ? BLACK : WHITE
}
