/* Whether anything may be sent now. What is shown must be true for what is pressed. */
import { useState } from 'react'
import { orders as t } from '@/i18n/en/orders'
import type { Old } from './age'

/** Nothing goes out without a line, where it would arrive at another market; at prices that stand still only what reduces. */
export function whyNotNow(old: Old | null, symbol: string, reduces = false): string | null {
  if (old === 'lost') return t('oldLine')
  return old === 'silent' && !reduces ? t('oldMarket', { symbol }) : null
}

/** What is said beside figures that are old. */
export function oldNote(old: Old | null, symbol: string, reduces = false): string | null {
  return old === 'silent' && reduces ? t('oldReduces', { symbol }) : whyNotNow(old, symbol)
}

/** The rest of a double click is no second press. */
const DOUBLE_MS = 600

/** What a press does, of what was last asked for a second one: it asks, or it sends. */
export function onPress(old: Old | null, askedMs: number | null, nowMs: number): 'ask' | 'send' | 'nothing' {
  if (old === 'lost') return 'nothing'
  if (old === null) return 'send'
  if (askedMs === null) return 'ask'
  return nowMs - askedMs > DOUBLE_MS ? 'send' : 'nothing'
}

/** At prices that stand still what reduces takes a second press, which the first asks for. */
export function useSecondPress(old: Old | null, send: () => void): { asked: boolean; press: () => void } {
  const [askedMs, setAsked] = useState<number | null>(null)
  if (askedMs !== null && old !== 'silent') setAsked(null)
  const press = () => {
    const now = Date.now()
    const what = onPress(old, askedMs, now)
    if (what === 'ask') setAsked(now)
    else if (what === 'send') send()
  }
  return { asked: askedMs !== null, press }
}
