import { useQuery } from '@tanstack/react-query'
import type { OrderNew } from '@/api/types.gen'
import { api } from '@/lib/http'
import { addedBy, type Added } from '@/lib/margin'
import { useSettled } from '@/lib/preview'

export interface BothMargins {
  regT: Added
  portfolio: Added
}

const AGAIN_MS = 10_000

/** What the order would take under both kinds of rules, whichever of them the desk keeps. Null: not known, or not asked. */
export function useMargins(order: OrderNew | null): BothMargins | null {
  // At the market: what is asked for a package does not hang on its limit, which moves all the time.
  const text = useSettled(order ? JSON.stringify({ ...order, type: 'market', limit_micros: undefined }) : '', 400)
  const now = useQuery({ queryKey: ['risk', 'margin'], queryFn: () => api('GET /api/v1/risk/margin'), refetchInterval: AGAIN_MS, enabled: text !== '', retry: false })
  const then = useQuery({
    queryKey: ['risk', 'margin', 'what-if', text],
    queryFn: () => api('POST /api/v1/risk/margin/what-if', { body: JSON.parse(text) as OrderNew }),
    refetchInterval: AGAIN_MS,
    enabled: text !== '',
    retry: false,
    gcTime: AGAIN_MS,
  })
  if (!order || !now.data || !then.data) return null
  return {
    regT: addedBy(now.data.strategy_initial_micros, then.data.strategy_initial_micros),
    portfolio: addedBy(now.data.portfolio_micros, then.data.portfolio_micros),
  }
}
