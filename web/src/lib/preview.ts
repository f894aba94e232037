/* The server's verdict of an order: what every gate says, what it would cost and risk. Nothing is sent. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { OrderNew, Preview } from '@/api/types.gen'
import { orders as t } from '@/i18n/en/orders'
import { api } from '@/lib/http'

export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** A verdict of other contracts is none, whatever went wrong on the way. */
export function isOf(preview: Pick<Preview, 'legs'>, order: Pick<OrderNew, 'legs'>): boolean {
  const asked = order.legs.map((leg) => leg.contract).toSorted()
  const judged = preview.legs.map((leg) => leg.contract).toSorted()
  return asked.length === judged.length && asked.every((contract, i) => contract === judged[i])
}

/** A verdict is of the market of its moment: when the next that is due has not come, it holds no longer. */
export const LEEWAY_MS = 3000
export const isOutdated = (at: number, everyMs: number, now: number) => at > 0 && now - at > everyMs + LEEWAY_MS

/** Looked at as it happens, and when the page comes back from where its timers slept. */
function useOutdated(at: number, everyMs: number): boolean {
  const [old, setOld] = useState(0)
  useEffect(() => {
    const look = () => isOutdated(at, everyMs, Date.now()) && setOld(at)
    look()
    const timer = setTimeout(look, at + everyMs + LEEWAY_MS + 10 - Date.now())
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [at, everyMs])
  return at > 0 && old === at
}

export interface Verdict {
  preview: Preview | null
  /** It is of this very order, and not of one before the last change, nor of a market long past. */
  current: boolean
  outdated: boolean
  error: unknown
  asking: boolean
  ask: () => void
}

/** Asked when the order has stood still for a moment, and every few seconds after, as the market moves. */
export function useVerdict(order: OrderNew | null, enabled: boolean, everyMs = 3000): Verdict {
  const text = order ? JSON.stringify(order) : ''
  const settled = useSettled(text, 250)
  const query = useQuery({
    queryKey: ['preview', settled],
    queryFn: () => api('POST /api/v1/orders/preview', { body: JSON.parse(settled) as OrderNew }),
    enabled: enabled && settled !== '',
    refetchInterval: everyMs,
    // While nobody looks it is not asked: it is then, at once.
    refetchOnWindowFocus: 'always',
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  })
  const other = query.data !== undefined && !query.isPlaceholderData && settled !== '' && !isOf(query.data, JSON.parse(settled) as OrderNew)
  const outdated = useOutdated(query.dataUpdatedAt, everyMs)
  const current = !outdated && !other && settled === text && !query.isPlaceholderData && query.data !== undefined && !query.error
  return { preview: text && enabled && !other ? (query.data ?? null) : null, current, outdated, error: query.error ?? (other ? new Error(t('otherOrder')) : null), asking: query.isFetching, ask: () => void query.refetch() }
}
