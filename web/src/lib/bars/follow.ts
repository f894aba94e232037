/* Which bars are in view, by their number, while bars come and go. */
export interface Range {
  from: number
  to: number
}

/** Bars' widths kept free at the right: the names of lines stand there, not on the newest bars. */
export const FREE = 14
/** As far left as the view goes. */
export const FIRST = -6

/** The range that goes on showing the newest bar, if the one before did; who looks at what was is left there. */
export function followed(range: Range, was: number, now: number): Range {
  const width = range.to - range.from
  const free = Math.min(FREE, width / 4)
  if (was - 1 < range.from || was - 1 > range.to) return range
  const to = now - 1 + free
  if (to > range.to) return { from: to - width, to }
  if (now - 1 >= range.from + width / 4) return range
  const from = Math.max(FIRST, to - width)
  return { from, to: from + width }
}
