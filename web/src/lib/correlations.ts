/* Correlations as the map and the list of breaks want them. What is not known is null, never 0. */
import type { CorrelationPair, Correlations } from '@/api/types.gen'

/** What a map shows of a pair. */
export type Measure = 'recent' | 'before'

/** A row and a column for each underlying, in the desk's order; null where both are the same. */
export function matrixOf({ series, pairs }: Correlations): (CorrelationPair | null)[][] {
  const of = new Map(pairs.flatMap((pair) => [[`${pair.a} ${pair.b}`, pair] as const, [`${pair.b} ${pair.a}`, pair] as const]))
  return series.map((a) => series.map((b) => of.get(`${a.symbol} ${b.symbol}`) ?? null))
}

export function isBreak(pair: CorrelationPair, beyond: number): boolean {
  return pair.score !== null && Math.abs(pair.score) > beyond
}

/** Pairs that have changed by more than that, the worst first. */
export function breaksOf(pairs: readonly CorrelationPair[], beyond: number): CorrelationPair[] {
  return pairs.filter((pair) => isBreak(pair, beyond)).toSorted((a, b) => Math.abs(b.score ?? 0) - Math.abs(a.score ?? 0))
}

/** Underlyings with too few prices for a score: a return takes two. */
export function lacking({ series, needs }: Correlations): { symbol: string; prices: number }[] {
  return series.filter((s) => s.prices < needs + 1).map(({ symbol, prices }) => ({ symbol, prices }))
}
