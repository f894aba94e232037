/** Round numbers between two ends, about `count` of them. */
export function ticks(from: number, to: number, count: number): number[] {
  const span = to - from
  if (!(span > 0)) return [from]
  const raw = span / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999) ?? raw
  const out: number[] = []
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) out.push(Math.abs(i * step) < step * 1e-9 ? 0 : i * step)
  return out
}

/** Where a value lies between two ends, in pixels. */
export function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  const factor = to === from ? 0 : (end - start) / (to - from)
  return (value) => start + (value - from) * factor
}
