/*
 * What the draft's legs cost now: quotes and vols from the chains of their expiries, forwards and times from the
 * server's table of expiries. Told four times a second at most: a person reads it, no painter.
 */
import { useQueries, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { Chain, Expiry } from '@/api/types.gen'
import { api } from '@/lib/http'
import { useDesk } from '@/lib/desk'
import { expiryKey, type ExpiryId } from '@/lib/chain/expiry'
import { bookOfStored, useExpiries, useExpiryFacts } from '@/lib/chain/source'
import { rowsOf, type StrikeRow } from '@/lib/chain/rows'
import { fields } from '@/lib/chain/fields'
import type { PricedLeg } from '@/lib/payoff/payoff'
import type { ChainBook } from '@/lib/stream/chain_book'
import { useBooks } from '@/lib/stream/client'
import type { DraftFields, Leg } from '@/state/draft'

export const MULTIPLIER = 100
const STEP_MS = 250

export interface LegQuote {
  bid: number | null
  ask: number | null
  mid: number | null
  iv: number | null
  delta: number | null
}

export interface DraftMarket {
  /** One for each leg, in its order; null where the chain has no such contract. */
  quotes: (LegQuote | null)[]
  /** Ready for the payoff; empty until every leg is priced. */
  priced: PricedLeg[]
  /** Net price a share of one package: + debit, - credit. */
  mid: number | null
  natural: number | null
  spot: number | null
  front: Expiry | null
  live: boolean
  /** Strikes of an expiry and root, ascending, with their rows. */
  strikes: (expiry: string, root: string) => StrikeRow[]
  books: readonly ChainBook[]
  /** Why a chain of it is not there; null: nothing went wrong. */
  error: unknown
  refetch: () => void
}

const noStrikes: StrikeRow[] = []

export function useDraftMarket(draft: Pick<DraftFields, 'symbol' | 'legs' | 'quantity'>, also: readonly ExpiryId[] = noExpiries): DraftMarket {
  const { symbol, legs, quantity } = draft
  const desk = useDesk()
  const live = desk?.symbols.includes(symbol) ?? false
  const expiries = useExpiries(symbol || 'SPX')
  const factsOf = useExpiryFacts(expiries.data?.expiries)
  const wanted = useMemo(() => [...new Map([...legs, ...also].map((id) => [expiryKey(id), { expiry: id.expiry, root: id.root }])).values()], [legs, also])
  const days = useMemo(() => [...new Set(wanted.map((id) => id.expiry))].toSorted(), [wanted])
  const streamed = useBooks(useMemo(() => (live ? days.map((day) => `chain:${symbol}:${day}`) : []), [live, days, symbol]))
  const stored = useQueries({
    queries: (live ? [] : wanted).map(({ expiry, root }) => ({
      queryKey: ['chain', symbol, expiry, root],
      queryFn: () => api('GET /api/v1/chains/{symbol}', { path: { symbol }, query: { expiry, root } }),
      retry: false,
      staleTime: 60_000,
    })),
    combine: combined,
  })
  const storedBooks = useMemo(() => stored.data.filter((data) => data !== undefined).map(bookOfStored), [stored])
  const books = live ? streamed : storedBooks
  const tick = useTick(books)
  const { error, refetch } = stored

  return useMemo(() => {
    void tick
    const strikes = (expiry: string, root: string) => {
      const book = bookOf(books, { expiry, root })
      return book ? rowsOf(book).filter((row) => row.expiry === expiry && row.root === root) : noStrikes
    }
    const quotes = legs.map((leg) => quoteOf(books, leg))
    const spot = books.find((b) => b.spot !== null)?.spot ?? expiries.data?.spot ?? null
    const net = (price: (quote: LegQuote, leg: Leg) => number | null) => {
      let sum = 0
      for (let i = 0; i < legs.length; i++) {
        const leg = legs[i] as Leg
        const quote = quotes[i]
        const value = quote ? price(quote, leg) : null
        if (value === null) return null
        sum += (leg.side === 'buy' ? 1 : -1) * leg.ratio * value
      }
      return legs.length ? sum : null
    }
    const priced = spot === null ? [] : legs.map((leg, i) => pricedLeg(leg, quotes[i] ?? null, factsOf(leg), spot, quantity))
    const first = [...legs].toSorted((a, b) => a.expiry.localeCompare(b.expiry))[0]
    return {
      quotes,
      priced: priced.every((leg) => leg !== null) ? priced : [],
      mid: net((q) => q.mid),
      natural: net((q, leg) => (leg.side === 'buy' ? q.ask : q.bid)),
      spot,
      front: first ? factsOf(first) : null,
      live,
      strikes,
      books,
      error: live ? refusalOf(books) : error,
      refetch,
    }
  }, [books, legs, quantity, expiries.data, factsOf, live, tick, error, refetch])
}

const noExpiries: readonly ExpiryId[] = []

/** The chains that came, and the first thing that went wrong with one that did not. */
function combined(answers: readonly UseQueryResult<Chain>[]) {
  return {
    data: answers.map((a) => a.data),
    error: answers.find((a) => a.error && !a.data)?.error ?? null,
    refetch: () => answers.forEach((a) => a.error && void a.refetch()),
  }
}

function refusalOf(books: readonly ChainBook[]): Error | null {
  const refused = books.find((book) => book.refusal)
  return refused?.refusal ? new Error(refused.refusal) : null
}

/** The book that an expiry is in. Stored roots of one day have a book each. */
export function bookOf(books: readonly ChainBook[], { expiry, root }: ExpiryId): ChainBook | undefined {
  return books.find((book) => rowsOf(book).some((row) => row.expiry === expiry && row.root === root))
}

/** What the chain says of a leg; null where it has no such contract. */
export function quoteOf(books: readonly ChainBook[], leg: Leg): LegQuote | null {
  for (const book of books) {
    const row = rowsOf(book).find((r) => r.expiry === leg.expiry && r.root === leg.root && r.strike_micros === leg.strike_micros)
    const at = leg.right === 'call' ? row?.call : row?.put
    if (!row || at === undefined || at < 0) continue
    const read = (id: 'bid' | 'ask' | 'mid' | 'iv' | 'delta') => fields[id].read(book.columns, at, row, leg.right, null)
    return { bid: read('bid'), ask: read('ask'), mid: read('mid'), iv: read('iv'), delta: read('delta') }
  }
  return null
}

/** Ready for the payoff; null until it has a price. */
export function pricedLeg(leg: Leg, quote: LegQuote | null, facts: Expiry | null, spot: number, quantity: number): PricedLeg | null {
  if (!quote || quote.mid === null || !facts) return null
  return {
    isCall: leg.right === 'call',
    strike: leg.strike_micros / 1e6,
    quantity: (leg.side === 'buy' ? 1 : -1) * leg.ratio * quantity,
    multiplier: MULTIPLIER,
    years: facts.years,
    vol: quote.iv ?? facts.atm_vol,
    carry: facts.forward === null ? 1 : facts.forward / spot,
    discount: facts.discount ?? 1,
    entry: quote.mid,
  }
}

/** Rises at most four times a second while any of the books changes. */
function useTick(books: readonly ChainBook[]): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        setTick((n) => n + 1)
      }, STEP_MS)
    }
    soon()
    const stops = books.map((book) => book.listen(soon))
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [books])
  return tick
}
