/** A cell's colour. The mix stays below half, so that text keeps a contrast of 4.5 on every cell in both themes. */
export function heat(value: number | null, full: number, from?: number): string | undefined {
  if (value === null || full <= 0) return undefined
  const share = from === undefined ? Math.min(1, Math.abs(value) / full) : Math.min(1, Math.max(0, (value - from) / (full - from)))
  const token = from !== undefined ? 'accent-strong' : value >= 0 ? 'up' : 'down'
  return `color-mix(in srgb, var(--${token}) ${Math.round(share * 42)}%, var(--panel))`
}
