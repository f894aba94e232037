/* Where a chain comes from: the desk's stream where it has the underlying, else the newest that the store holds. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Chain, Expiries, Expiry, Side } from '@/api/types.gen'
import { api } from '@/lib/http'
import { useDesk } from '@/lib/desk'
import { formatOcc } from '@/lib/occ'
import { ChainBook, useLayoutVersion } from '@/lib/stream/chain_book'
import { CHAIN_COLUMNS, NO_COUNT, NO_PRICE, type Layout } from '@/lib/stream/chain_topic'
import { useChain } from '@/lib/stream/client'
import type { ExpiryId } from './expiry'
import type { ExpiryFacts } from './fields'
import type { StrikeRow } from './rows'

/** A moment of a stored day; its last snapshot where no time is said. */
export interface AsOf {
  day: string
  at_ns?: number
}

export function useExpiries(symbol: string, asOf: AsOf | null = null, enabled = true) {
  return useQuery<Expiries>({
    queryKey: ['expiries', symbol, asOf?.day, asOf?.at_ns],
    queryFn: () => api('GET /api/v1/chains/{symbol}/expiries', { path: { symbol }, query: { day: asOf?.day, at_ns: asOf?.at_ns } }),
    refetchInterval: asOf ? false : 5_000,
    retry: false,
    enabled,
  })
}

/** Forward and years of each expiry and root. */
export function useExpiryFacts(expiries: readonly Expiry[] | undefined): (row: Pick<StrikeRow, 'expiry' | 'root'>) => Expiry | null {
  return useMemo(() => {
    const known = new Map((expiries ?? []).map((e) => [`${e.expiry} ${e.root}`, e]))
    return (row) => known.get(`${row.expiry} ${row.root}`) ?? null
  }, [expiries])
}

export type { ExpiryFacts }

export interface ChainSource {
  book: ChainBook | null
  live: boolean
  error: unknown
  refetch: () => void
}

/**
 * One expiry of an underlying, or all of them (null) where the desk streams them; or as it was. What the desk streams of a day has
 * every root that ends on it.
 */
export function useChainSource(symbol: string, id: ExpiryId | null, asOf: AsOf | null = null): ChainSource {
  const desk = useDesk()
  const { expiry = null, root } = id ?? {}
  const hasLive = asOf === null && desk !== null && desk.symbols.includes(symbol)
  const live = useChain(hasLive ? (expiry ? `chain:${symbol}:${expiry}` : `chain:${symbol}`) : null)
  useLayoutVersion(live)
  const wantStored = !hasLive
  const stored = useQuery<Chain>({
    queryKey: ['chain', symbol, expiry, root, asOf?.day, asOf?.at_ns],
    queryFn: () => api('GET /api/v1/chains/{symbol}', { path: { symbol }, query: { expiry: expiry ?? undefined, root, day: asOf?.day, at_ns: asOf?.at_ns } }),
    enabled: wantStored,
    retry: false,
  })
  const storedBook = useMemo(() => (stored.data ? bookOfStored(stored.data) : null), [stored.data])
  if (hasLive) return { book: live, live: true, error: live?.refusal ? new Error(live.refusal) : null, refetch: () => undefined }
  return { book: storedBook, live: false, error: stored.error, refetch: () => void stored.refetch() }
}

/** A stored chain as a book, so that one grid shows both. */
export function bookOfStored(chain: Chain): ChainBook {
  const n = chain.strikes_micros.length
  const { expiry, root, settle } = chain.expiry
  const contracts = (['call', 'put'] as const).flatMap((right) => chain.strikes_micros.map((strike) => formatOcc({ root, expiry, right, strike_micros: strike ?? 0 })))
  const twice = <T>(list: readonly T[]): T[] => [...list, ...list]
  const layout: Layout = {
    topic: `stored:${chain.symbol}:${expiry}:${root}`,
    number: 0,
    symbol: chain.symbol,
    epoch: '',
    layout: 0,
    base_ns: chain.ts_ns,
    contracts,
    rights: 'C'.repeat(n) + 'P'.repeat(n),
    strikes_micros: twice(chain.strikes_micros.map((s) => s ?? 0)),
    expiries: new Array<string>(2 * n).fill(expiry),
    settles: (settle === 'am' ? 'A' : 'P').repeat(2 * n),
  }
  const rows = new Uint32Array(2 * n).map((_, i) => i)
  const body = new ArrayBuffer(4 * 2 * n * CHAIN_COLUMNS)
  const both = (of: (side: Side) => readonly (number | null)[]) => [...of(chain.calls), ...of(chain.puts)]
  let at = 0
  const ints = (values: (number | null)[]) => {
    new Int32Array(body, at, 2 * n).set(values.map((v) => (v === null ? NO_PRICE : Math.round(v / 100))))
    at += 8 * n
  }
  const counts = (values: (number | null)[]) => {
    new Uint32Array(body, at, 2 * n).set(values.map((v) => v ?? NO_COUNT))
    at += 8 * n
  }
  const floats = (values: (number | null)[]) => {
    new Float32Array(body, at, 2 * n).set(values.map((v) => v ?? Number.NaN))
    at += 8 * n
  }
  ints(both((s) => s.bid_micros))
  ints(both((s) => s.ask_micros))
  ints(both((s) => s.last_micros))
  counts(both((s) => s.bid_size))
  counts(both((s) => s.ask_size))
  counts(both((s) => s.volume))
  counts(both((s) => s.open_interest))
  counts(new Array<number>(2 * n).fill(0))
  counts(new Array<number>(2 * n).fill(0))
  floats(both((s) => s.vol))
  floats(both((s) => s.delta))
  floats(both((s) => s.gamma))
  floats(both((s) => s.theta))
  floats(both((s) => s.vega))
  const book = new ChainBook(layout.topic)
  const header = { kind: 1, number: 0, layout: 0, rows: 2 * n, open: false, seq: 0, from: 0, now_ns: 0, market_ns: chain.ts_ns, spot: chain.spot === null ? null : Math.round(chain.spot * 1e6) }
  book.take({ replace: true, layout, header, rows, body }, Date.now())
  return book
}
