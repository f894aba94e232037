/* What the desk is doing, asked over the socket; where no desk runs, REST says so once. */
import { useQuery } from '@tanstack/react-query'
import type { Desk } from '@/api/types.gen'
import { api } from './http'
import { useOne } from './stream/client'

export function useDesk(): Desk | null {
  const live = useOne('desk')
  const asked = useQuery({ queryKey: ['desk'], queryFn: () => api('GET /api/v1/desk'), retry: false, enabled: live === null, refetchInterval: live === null ? 5000 : false })
  return live ?? asked.data ?? null
}
