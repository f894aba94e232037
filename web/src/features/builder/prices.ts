import { ticks } from '@/components/plot/ticks'

/** Round prices for a table, with those that matter exactly among them; a round one that stands beside one of these is left out. */
export function tablePrices(from: number, to: number, exact: readonly number[], count: number): number[] {
  const round = ticks(from, to, count)
  const step = (round[1] ?? to) - (round[0] ?? from)
  const kept = round.filter((x) => exact.every((e) => Math.abs(e - x) > step * 0.35))
  return [...new Set([...kept, ...exact])].toSorted((a, b) => b - a)
}
