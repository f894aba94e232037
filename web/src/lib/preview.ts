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

export interface Verdict {
  preview: Preview | null
  /** It is of this very order, and not of one before the last change. */
  current: boolean
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
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  })
  const other = query.data !== undefined && !query.isPlaceholderData && settled !== '' && !isOf(query.data, JSON.parse(settled) as OrderNew)
  const current = !other && settled === text && !query.isPlaceholderData && query.data !== undefined && !query.error
  return { preview: text && enabled && !other ? (query.data ?? null) : null, current, error: query.error ?? (other ? new Error(t('otherOrder')) : null), asking: query.isFetching, ask: () => void query.refetch() }
}
