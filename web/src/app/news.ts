import { useEffect } from 'react'
import type { Order } from '@/api/types.gen'
import { onTopic } from '@/lib/stream/client'
import { orders as t } from '@/i18n/en/orders'

type Say = (text: string, tone: 'plain' | 'up' | 'down' | 'warn') => void

const ENDS = new Set(['filled', 'rejected', 'refused', 'expired'])

/** Fills and refusals, said once each: polite, and nothing of what was over before the page was opened. */
export function useNews(say: Say): void {
  useEffect(() => {
    let known: Map<number, string> | null = null
    return onTopic('orders', (items) => {
      const before = known
      known = new Map()
      for (const order of items.values()) {
        known.set(order.id, order.state)
        if (before && before.get(order.id) !== order.state && ENDS.has(order.state)) tell(order, say)
      }
    })
  }, [say])
}

function tell(order: Order, say: Say): void {
  const key = order.state === 'filled' ? 'newsFilled' : order.state === 'expired' ? 'newsExpired' : 'newsRefused'
  say(t(key, { text: order.text, reason: order.reason }), order.state === 'filled' ? 'up' : order.state === 'expired' ? 'plain' : 'down')
}
