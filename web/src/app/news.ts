import { useEffect } from 'react'
import type { Desk, Order } from '@/api/types.gen'
import { alarm, toast } from '@/components/ui'
import { shell } from '@/i18n/en/shell'
import { onTopic } from '@/lib/stream/client'
import { orders as t } from '@/i18n/en/orders'
import { usePrefs } from '@/state/prefs'

const ENDS = new Set(['filled', 'rejected', 'refused', 'expired'])

/** Fills, refusals and a desk that stops, said once each, and nothing of what was over before the page was opened. */
export function useNews(): void {
  useEffect(() => {
    // Kept over a server that begins anew: it tells what is old once more.
    const known = new Map<number, string>()
    let first = true
    return onTopic('orders', (items) => {
      for (const order of items.values()) {
        const before = known.get(order.id)
        known.set(order.id, order.state)
        if (!first && before !== order.state && ENDS.has(order.state)) tell(order)
      }
      first = false
    })
  }, [])
  useEffect(() => {
    let before: Desk['state'] | null = null
    return onTopic('desk', (items) => {
      for (const desk of items.values()) {
        const news = deskNews(before, desk)
        before = desk.state
        if (news?.urgent) alarm(news.text)
        else if (news) toast(news.text, 'up')
      }
    })
  }, [])
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

const STOPS: ReadonlySet<Desk['state']> = new Set(['reduce_only', 'halted', 'liquidating', 'killed', 'failed'])

/** What is to be said of a desk that was in one state and is in another; null where it is nothing. */
export function deskNews(before: Desk['state'] | null, now: Pick<Desk, 'state' | 'text'>): { text: string; urgent: boolean } | null {
  if (before === null || before === now.state) return null
  if (STOPS.has(now.state)) return { text: shell('newsStopped', { state: shell(now.state), text: now.text }), urgent: true }
  return now.state === 'normal' && STOPS.has(before) ? { text: shell('newsGoesOn'), urgent: false } : null
}

/** By the browser, where the person wants it and the page is out of sight. */
function notice(text: string): void {
  if (!usePrefs.getState().notices || !document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return
  const told = new Notification('Ironfly', { body: text, icon: '/icon.svg' })
  told.addEventListener('click', () => window.focus())
}

function tell(order: Order): void {
  const key = order.state === 'filled' ? 'newsFilled' : order.state === 'expired' ? 'newsExpired' : 'newsRefused'
  const text = t(key, { text: order.text, reason: order.reason })
  notice(text)
  if (key === 'newsRefused') alarm(text)
  else toast(text, key === 'newsFilled' ? 'up' : 'plain')
}
