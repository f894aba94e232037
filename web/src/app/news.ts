import { useEffect } from 'react'
import type { Order } from '@/api/types.gen'
import { onTopic } from '@/lib/stream/client'
import { orders as t } from '@/i18n/en/orders'
import { usePrefs } from '@/state/prefs'

type Say = (text: string, tone: 'plain' | 'up' | 'down' | 'warn') => void

const ENDS = new Set(['filled', 'rejected', 'refused', 'expired'])

/** Fills and refusals, said once each: polite, and nothing of what was over before the page was opened. */
export function useNews(say: Say): void {
  useEffect(() => {
    // Kept over a server that begins anew: it tells what is old once more.
    const known = new Map<number, string>()
    let first = true
    return onTopic('orders', (items) => {
      for (const order of items.values()) {
        const before = known.get(order.id)
        known.set(order.id, order.state)
        if (!first && before !== order.state && ENDS.has(order.state)) tell(order, say)
      }
      first = false
    })
  }, [say])
  useEffect(() => {
    const known = new Set<string>()
    let first = true
    return onTopic('alerts', (items) => {
      for (const alert of items.values()) {
        if (!first && !known.has(alert.id) && alert.seen_ns === null) notice(alert.text)
        known.add(alert.id)
      }
      first = false
    })
  }, [])
}

/** By the browser, where the person wants it and the page is out of sight. */
function notice(text: string): void {
  if (!usePrefs.getState().notices || !document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return
  const told = new Notification('Ironfly', { body: text, icon: '/icon.svg' })
  told.addEventListener('click', () => window.focus())
}

function tell(order: Order, say: Say): void {
  const key = order.state === 'filled' ? 'newsFilled' : order.state === 'expired' ? 'newsExpired' : 'newsRefused'
  const text = t(key, { text: order.text, reason: order.reason })
  notice(text)
  say(text, order.state === 'filled' ? 'up' : order.state === 'expired' ? 'plain' : 'down')
}
