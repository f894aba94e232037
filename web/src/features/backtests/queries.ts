/* What the screen asks the server for. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import type { Job, Run } from '@/api/types.gen'
import { api, ApiError } from '@/lib/http'
import { useTopic } from '@/lib/stream/client'
import type { Report } from '@/lib/report/types'

export function useRuns() {
  return useQuery({ queryKey: ['backtests'], queryFn: () => api('GET /api/v1/backtests', { query: { limit: 500 } }) })
}

/** Backtests that have not ended, newest first; a run that ends is asked for at once. */
export function useJobs(): { open: Job[]; failed: Job[] } {
  const all = useTopic('jobs')
  const client = useQueryClient()
  const done = all?.filter((job) => job.kind === 'backtest' && job.state === 'done').length ?? 0
  const seen = useRef(done)
  useEffect(() => {
    if (seen.current !== done) void client.invalidateQueries({ queryKey: ['backtests'] })
    seen.current = done
  }, [done, client])
  return useMemo(() => {
    const mine = (all ?? []).filter((job) => job.kind === 'backtest').sort((a, b) => b.created_ns - a.created_ns)
    return {
      open: mine.filter((job) => job.state === 'waiting' || job.state === 'running'),
      failed: mine.filter((job) => job.state === 'failed').slice(0, 3),
    }
  }, [all])
}

async function loadReport(id: string): Promise<Report> {
  const result = (await api('GET /api/v1/backtests/{id}/result', { path: { id } })) as unknown as Report
  if (!result?.schema?.startsWith('ironfly.backtest/')) {
    throw new ApiError({ type: 'about:blank', title: 'Unknown', status: 0, code: 'schema', detail: `the result of run ${id} is of a kind that this page does not know`, request_id: '' })
  }
  return result
}

/** A result never changes. */
export function useReport(id: string | null) {
  return useQuery({ queryKey: ['backtest', id, 'result'], queryFn: () => loadReport(id as string), enabled: id !== null, staleTime: Infinity, gcTime: 600_000 })
}

export { loadReport }

/** "a,b" of the address, at most four. */
export function idsOf(text: string | null): string[] {
  return (text ?? '').split(',').filter(Boolean).slice(0, 4)
}

export function matches(run: Run, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const text = `${run.strategy} ${run.underlying}`.toLowerCase()
  return words.every((word) => text.includes(word))
}
