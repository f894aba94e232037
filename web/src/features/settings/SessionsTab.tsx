import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Session } from '@/api/types.gen'
import { Badge, Button, Failure, Panel, Skeleton, Table, toast, type Column } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { moment } from '@/lib/format'
import { api } from '@/lib/http'

/** "Firefox on Linux" of what a browser calls itself. */
export function browserOf(agent: string): string {
  const name = /(Edg|OPR|Firefox|Chrome|Safari|curl|ironfly)\/?/.exec(agent)?.[1] ?? agent.split('/')[0] ?? ''
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1]
  const shown = { Edg: 'Edge', OPR: 'Opera' }[name] ?? name
  return system ? `${shown}, ${system === 'Mac OS X' ? 'macOS' : system}` : shown
}

const columns: Column<Session>[] = [
  {
    id: 'from',
    head: t('session'),
    cell: (row) => (
      <span className="inline-flex items-center gap-2" title={row.agent}>
        <span className="font-medium">{browserOf(row.agent)}</span>
        <span className="text-faint">{row.peer}</span>
        {row.is_this && <Badge tone="accent">{t('current')}</Badge>}
      </span>
    ),
  },
  { id: 'kind', head: '', cell: (row) => row.kind },
  { id: 'made', head: t('made'), cell: (row) => moment(row.created_ns).slice(0, 16), sort: (row) => row.created_ns },
  { id: 'seen', head: t('seen'), cell: (row) => moment(row.seen_ns).slice(0, 16), sort: (row) => row.seen_ns },
  { id: 'end', head: '', figures: true, help: null, cell: (row) => !row.is_this && <End session={row} /> },
]

function End({ session }: { session: Session }) {
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: () => api('DELETE /api/v1/auth/sessions/{id}', { path: { id: session.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sessions'] }),
    onError: (error) => toast(error.message, 'down'),
  })
  return (
    <Button size="small" look="danger" aria-label={t('endSession', { peer: session.peer })} disabled={end.isPending} onClick={() => end.mutate()}>
      {t('end')}
    </Button>
  )
}

export function SessionsTab() {
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => api('GET /api/v1/auth/sessions') })
  return (
    <Panel title={t('sessions')} flush>
      {sessions.isPending && <Skeleton rows={4} />}
      {sessions.isError && <Failure error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.data && <Table label={t('sessions')} rows={sessions.data.items} columns={columns} rowKey={(row) => row.id} />}
    </Panel>
  )
}
