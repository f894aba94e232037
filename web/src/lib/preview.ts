/* The server's verdict of an order: what every gate says, what it would cost and risk. Nothing is sent. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { OrderNew, Preview } from '@/api/types.gen'
import { api } from '@/lib/http'

export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
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
  const current = settled === text && !query.isPlaceholderData && query.data !== undefined && !query.error
  return { preview: text && enabled ? (query.data ?? null) : null, current, error: query.error, asking: query.isFetching, ask: () => void query.refetch() }
}
