/* The desk's own trades as a chart marks them: fills where they traded, signals where a strategy decided. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Fill, Order } from '@/api/types.gen'
import { charts as t } from '@/i18n/en/charts'
import { exchangeSeconds } from '@/lib/bars/bars'
import type { BarEvent } from '@/lib/bars/replay'
import { api } from '@/lib/http'
import { useTopic } from '@/lib/stream/client'

const FILLS_MAX = 500

/** One for each time at which an order filled, whatever its legs; one for each order that a strategy sent, filled or not. */
export function eventsOf(symbol: string, orders: readonly Order[], fills: readonly Fill[]): BarEvent[] {
  const own = new Map(orders.filter((o) => o.symbol === symbol).map((o) => [o.id, o]))
  const traded = new Map<string, BarEvent>()
  for (const fill of fills) {
    const order = own.get(fill.order_id)
    if (order) traded.set(`${order.id} ${fill.ts_ns}`, { time: exchangeSeconds(fill.ts_ns), kind: order.cash_micros > 0 ? 'credit' : 'debit', text: `#${order.id}` })
  }
  const signals = [...own.values()].filter((o) => o.source === 'strategy').map((o): BarEvent => ({ time: exchangeSeconds(o.created_ns), kind: 'signal', text: t('signal', { what: o.purpose, name: o.strategy ?? '' }) }))
  return [...traded.values(), ...signals]
}

export function useTradeEvents(symbol: string): BarEvent[] {
  const orders = useTopic('orders')
  const filled = (orders ?? []).filter((o) => o.symbol === symbol && o.filled > 0)
  // Another fill changes its order: then they are asked for again.
  const version = filled.reduce((newest, o) => Math.max(newest, o.changed_ns), 0)
  const fills = useQuery({ queryKey: ['fills', 'chart', version], queryFn: () => api('GET /api/v1/fills', { query: { limit: FILLS_MAX } }), enabled: version > 0, retry: false })
  return useMemo(() => eventsOf(symbol, orders ?? [], fills.data?.items ?? []), [symbol, orders, fills.data])
}
