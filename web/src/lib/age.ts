import { useLine, useTopic } from './stream/client'
import type { Quote } from '@/api/types.gen'

/** Which symbols' values are old: all while the line is down; else those whose market fell silent. None named: any of them. */
export function staleOf(lost: boolean, quotes: readonly Pick<Quote, 'symbol' | 'stale'>[] | null): (symbol?: string) => boolean {
  const silent = new Set((quotes ?? []).filter((q) => q.stale).map((q) => q.symbol))
  return (symbol) => lost || (symbol === undefined ? silent.size > 0 : silent.has(symbol))
}

export function useStale(): (symbol?: string) => boolean {
  const lost = useLine((s) => s.line !== 'open')
  return staleOf(lost, useTopic('quotes'))
}
