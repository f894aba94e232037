/* Lines over closes. What needs more bars than there are is NaN, and is not drawn. */

export function sma(values: readonly number[], n: number): number[] {
  let sum = 0
  return values.map((value, i) => {
    sum += value - (i >= n ? (values[i - n] as number) : 0)
    return i >= n - 1 ? sum / n : Number.NaN
  })
}

/** Begins with the mean of the first n. */
export function ema(values: readonly number[], n: number): number[] {
  const weight = 2 / (n + 1)
  let last = Number.NaN
  const start = sma(values, n)
  return values.map((value, i) => {
    last = i < n ? (start[i] as number) : last + weight * (value - last)
    return last
  })
}

export interface Bands {
  upper: number[]
  lower: number[]
}

/** Bollinger's bands: the mean and `width` deviations, of the population. */
export function bands(values: readonly number[], n: number, width: number): Bands {
  const mean = sma(values, n)
  const deviation = values.map((_, i) => {
    if (i < n - 1) return Number.NaN
    const part = values.slice(i - n + 1, i + 1)
    const m = mean[i] as number
    return Math.sqrt(part.reduce((sum, v) => sum + (v - m) ** 2, 0) / n)
  })
  return { upper: mean.map((m, i) => m + width * (deviation[i] as number)), lower: mean.map((m, i) => m - width * (deviation[i] as number)) }
}

/** Wilder's relative strength, 0 to 100. */
export function rsi(values: readonly number[], n: number): number[] {
  let up = 0
  let down = 0
  return values.map((value, i) => {
    if (i === 0) return Number.NaN
    const step = value - (values[i - 1] as number)
    const gain = Math.max(0, step)
    const loss = Math.max(0, -step)
    if (i <= n) {
      up += gain / n
      down += loss / n
      if (i < n) return Number.NaN
    } else {
      up = (up * (n - 1) + gain) / n
      down = (down * (n - 1) + loss) / n
    }
    return down === 0 ? (up === 0 ? 50 : 100) : 100 - 100 / (1 + up / down)
  })
}

export interface Macd {
  fast: number[]
  signal: number[]
  gap: number[]
}

/** Two exponential means from each other, the mean of that, and how far the two are apart. */
export function macd(values: readonly number[], short: number, long: number, smooth: number): Macd {
  const [a, b] = [ema(values, short), ema(values, long)]
  const fast = a.map((value, i) => value - (b[i] as number))
  // The mean begins with the first difference that there is.
  const from = Math.min(long - 1, fast.length)
  const signal = [...fast.slice(0, from).map(() => Number.NaN), ...ema(fast.slice(from), smooth)]
  return { fast, signal, gap: fast.map((value, i) => value - (signal[i] as number)) }
}

/** How much the last n returns scattered, per year: percent. */
export function realisedVol(values: readonly number[], n: number, perYear: number): number[] {
  return values.map((_, i) => {
    if (i < n) return Number.NaN
    const returns = Array.from({ length: n }, (_unused, j) => Math.log((values[i - j] as number) / (values[i - j - 1] as number)))
    const mean = returns.reduce((sum, r) => sum + r, 0) / n
    return 100 * Math.sqrt((returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (n - 1)) * perYear)
  })
}
