/* Where bars come from: days of the store, and within a day the desk's own or those of a stored day. */
import { useQueries, useQuery } from '@tanstack/react-query'
import { api, ApiError } from '@/lib/http'
import { useDesk } from '@/lib/desk'
import { dayText, exchangeSeconds, type CandleBar, type Interval } from './bars'

export function useBars(symbol: string, interval: Interval, day: string | null = null) {
  return useQuery<CandleBar[]>(asked(symbol, interval, day))
}

/** Those of several symbols, in their order; null while they are asked for. */
export function useBarsOf(symbols: readonly string[], interval: Interval, day: string | null): (CandleBar[] | null)[] {
  return useQueries({ queries: symbols.map((symbol) => asked(symbol, interval, day)), combine: dataOf })
}

/* One function for all renders: its answer stays the same object until an answer of the server changes. */
function dataOf(all: readonly { data: CandleBar[] | undefined; error: unknown }[]): (CandleBar[] | null)[] {
  return all.map((one) => one.data ?? (one.error ? [] : null))
}

/** The stored day that bars of a moment are on; null where days are shown, or the desk's own day is meant. */
export function useStoredDay(symbol: string, interval: Interval, moment: number | null): string | null {
  const desk = useDesk()
  if (interval === 'day' || moment === null) return null
  const day = dayText(moment - 1)
  return desk?.day === day && desk.symbols.includes(symbol) ? null : day
}

function asked(symbol: string, interval: Interval, day: string | null) {
  return {
    queryKey: ['bars', symbol, interval, day],
    retry: false,
    refetchInterval: interval === 'day' || day !== null ? (false as const) : 20_000,
    queryFn: async (): Promise<CandleBar[]> => {
      try {
        return await ask(symbol, interval, day)
      } catch (error) {
        // No bars yet is no error: they come with the quotes.
        if (error instanceof ApiError && error.status === 404) return []
        throw error
      }
    },
  }
}

async function ask(symbol: string, interval: Interval, day: string | null): Promise<CandleBar[]> {
  if (interval === 'day') {
    const { items } = await api('GET /api/v1/symbols/{symbol}/bars', { path: { symbol } })
    return items.flatMap((b) =>
      b.open_micros === null || b.high_micros === null || b.low_micros === null || b.close_micros === null
        ? []
        : [{ time: Date.parse(`${b.day}T00:00:00Z`) / 1000, open: b.open_micros / 1e6, high: b.high_micros / 1e6, low: b.low_micros / 1e6, close: b.close_micros / 1e6, volume: b.volume }],
    )
  }
  const { items } = await api('GET /api/v1/symbols/{symbol}/intraday', { path: { symbol }, query: { seconds: Number(interval), day: day ?? undefined } })
  return items.map((b) => ({ time: exchangeSeconds(b.ts_ns), open: b.open_micros / 1e6, high: b.high_micros / 1e6, low: b.low_micros / 1e6, close: b.close_micros / 1e6, volume: null }))
}
