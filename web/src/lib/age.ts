import { useLine, useTopic } from './stream/client'
import type { Quote } from '@/api/types.gen'

/** Why a value is old: nothing is heard of the server, or the server hears nothing of its market. */
export type Old = 'lost' | 'silent'

/** Which symbols' values are old, and why: all while the line is down; else those whose market fell silent. None named: any of them. */
export function oldOf(lost: boolean, quotes: readonly Pick<Quote, 'symbol' | 'stale'>[] | null): (symbol?: string) => Old | null {
  const silent = new Set((quotes ?? []).filter((q) => q.stale).map((q) => q.symbol))
  return (symbol) => (lost ? 'lost' : (symbol === undefined ? silent.size > 0 : silent.has(symbol)) ? 'silent' : null)
}

export function useOld(): (symbol?: string) => Old | null {
  const lost = useLine((s) => s.line !== 'open' || s.late)
  return oldOf(lost, useTopic('quotes'))
}

export function useStale(): (symbol?: string) => boolean {
  const old = useOld()
  return (symbol) => old(symbol) !== null
}
