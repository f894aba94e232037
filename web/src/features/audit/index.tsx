import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { AuditEntry } from '@/api/types.gen'
import { Badge, Button, Dialog, Empty, Failure, Input, Panel, Select, Skeleton, Table, toast, type Column } from '@/components/ui'
import { audit as t } from '@/i18n/en/audit'
import { localMoment, moment, number } from '@/lib/format'
import { api } from '@/lib/http'
import { saveFile } from '@/lib/files'
import { csv } from '@/lib/report/csv'
import { useMay, useSession } from '@/state/session'

const PAGE = 200
const EXPORT_MAX = 20_000

/** Names of people for their ids: all of them for who manages them, else one's own. */
function useNames(): (id: string) => string {
  const me = useSession((s) => s.me)
  const may = useMay('users:manage')
  const users = useQuery({ queryKey: ['users'], queryFn: () => api('GET /api/v1/users', { query: { limit: 500 } }), enabled: may, staleTime: 300_000 })
  return useMemo(() => {
    const names = new Map(users.data?.items.map((user) => [user.id, user.login]))
    if (me) names.set(me.user_id, me.login)
    return (id) => (id === '' ? t('program') : (names.get(id) ?? id))
  }, [users.data, me])
}

function matches(entry: AuditEntry, filter: string, event: string, who: string): boolean {
  if (event && entry.event !== event) return false
  const text = `${entry.event} ${entry.object} ${entry.peer} ${who} ${JSON.stringify(entry.data)}`.toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function eventTone(event: string) {
  if (/fail|refus|wrong|lock|denied/.test(event)) return 'down' as const
  if (/kill|flatten|halt|disable|delete|end/.test(event)) return 'warn' as const
  return 'plain' as const
}

function columnsOf(nameOf: (id: string) => string): Column<AuditEntry>[] {
  return [
    { id: 'seq', head: t('number'), figures: true, help: null, cell: (row) => number(row.seq), sort: (row) => row.seq },
    { id: 'time', head: t('time'), cell: (row) => <time title={localMoment(row.ts_ns)}>{moment(row.ts_ns)}</time>, sort: (row) => row.ts_ns },
    { id: 'who', head: t('who'), cell: (row) => <span className={row.user_id ? 'font-medium' : 'text-faint'}>{nameOf(row.user_id)}</span>, sort: (row) => nameOf(row.user_id) },
    { id: 'event', head: t('event'), cell: (row) => <Badge tone={eventTone(row.event)}>{row.event}</Badge>, sort: (row) => row.event },
    { id: 'object', head: t('object'), cell: (row) => <span className="inline-block max-w-64 truncate align-bottom">{row.object}</span>, sort: (row) => row.object },
    { id: 'from', head: t('from'), cell: (row) => <span className="text-muted">{row.peer}</span>, sort: (row) => row.peer },
    { id: 'hash', head: t('hash'), cell: (row) => <code className="text-2xs text-faint">{row.hash.slice(0, 12)}</code> },
  ]
}

export default function Audit() {
  const entries = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => api('GET /api/v1/audit', { query: { limit: PAGE, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  })
  const [filter, setFilter] = useState('')
  const [event, setEvent] = useState('')
  const [open, setOpen] = useState<AuditEntry | null>(null)
  const nameOf = useNames()
  const all = useMemo(() => entries.data?.pages.flatMap((page) => page.items) ?? [], [entries.data])
  const events = useMemo(() => [{ value: '', label: t('allEvents') }, ...[...new Set(all.map((e) => e.event))].sort().map((name) => ({ value: name, label: name }))], [all])
  const shown = all.filter((entry) => matches(entry, filter, event, nameOf(entry.user_id)))
  const columns = useMemo(() => columnsOf(nameOf), [nameOf])

  return (
    <div className="mx-auto flex h-full max-w-6xl flex-col gap-3 p-3">
      <header className="flex flex-wrap items-end justify-between gap-2">
        <div>
          <h1 className="text-base font-semibold">{t('title')}</h1>
          <p className="max-w-prose text-muted">{t('text')}</p>
        </div>
        <Export nameOf={nameOf} />
      </header>
      <Verify />
      <Panel
        title={t('title')}
        flush
        className="min-h-64 flex-1"
        actions={
          <div className="flex items-center gap-1">
            <Select aria-label={t('event')} value={event} choices={events} onChange={setEvent} className="!w-40" />
            <Input type="search" aria-label={t('filter')} placeholder={t('filter')} value={filter} onChange={(e) => setFilter(e.target.value)} className="!w-36 sm:!w-56" />
          </div>
        }
      >
        {entries.isPending ? (
          <Skeleton rows={12} />
        ) : entries.isError ? (
          <Failure error={entries.error} retry={() => void entries.refetch()} />
        ) : (
          <div className="flex h-full flex-col">
            <Table
              label={t('title')}
              className="min-h-0 flex-1"
              rows={shown}
              columns={columns}
              rowKey={(row) => String(row.seq)}
              onRow={setOpen}
              selected={open ? String(open.seq) : null}
              empty={<Empty icon="audit" title={all.length === 0 ? t('none') : t('noneMatch')} />}
            />
            {entries.hasNextPage && (
              <div className="flex shrink-0 justify-center border-t border-line p-2">
                <Button size="small" disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                  {t('more')}
                </Button>
              </div>
            )}
          </div>
        )}
      </Panel>
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open ? t('entry', { n: open.seq }) : ''} wide>
        {open && <Entry entry={open} who={nameOf(open.user_id)} />}
      </Dialog>
    </div>
  )
}

function Entry({ entry, who }: { entry: AuditEntry; who: string }) {
  const rows: [string, string][] = [
    [t('time'), `${moment(entry.ts_ns)} · ${localMoment(entry.ts_ns)}`],
    [t('who'), who],
    [t('event'), entry.event],
    [t('object'), entry.object || '—'],
    [t('from'), entry.peer || '—'],
    [t('request'), entry.request_id || '—'],
    [t('hash'), entry.hash],
  ]
  return (
    <div className="grid gap-3 p-4">
      <dl className="grid grid-cols-[6rem_1fr] gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 break-all">{value}</dd>
          </div>
        ))}
      </dl>
      <pre className="overflow-auto rounded border border-line bg-inset p-3 font-mono text-xs" tabIndex={0} aria-label={t('data')}>
        {JSON.stringify(entry.data, null, 2)}
      </pre>
    </div>
  )
}

function Verify() {
  const verify = useMutation({ mutationFn: () => api('GET /api/v1/audit/verify') })
  const verdict = verify.data
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-panel p-3" role="status">
      <Button look="primary" icon="check" disabled={verify.isPending} onClick={() => verify.mutate()}>
        {verify.isPending ? t('verifying') : t('verify')}
      </Button>
      {verify.isError && <Failure error={verify.error} className="!m-0" />}
      {verdict && (
        <div className="min-w-0 text-xs">
          <p className={verdict.whole ? 'font-semibold text-up' : 'font-semibold text-down'}>{t(verdict.whole ? 'whole' : 'broken', { n: verdict.entries })}</p>
          {verdict.detail && <p>{verdict.detail}</p>}
          <p className="text-faint">
            {t('head')}{' '}
            <code className="break-all text-muted select-all">
              {verdict.entries}:{verdict.head}
            </code>
          </p>
          <p className="text-faint">{t('headText')}</p>
        </div>
      )}
    </div>
  )
}

/** Of all entries, not only of those that were read. */
function Export({ nameOf }: { nameOf: (id: string) => string }) {
  const make = useMutation({
    mutationFn: async () => {
      const all: AuditEntry[] = []
      for (let after: string | undefined; all.length < EXPORT_MAX; ) {
        const page = await api('GET /api/v1/audit', { query: { limit: 500, after } })
        all.push(...page.items)
        if (!page.next) break
        after = page.next
      }
      const rows = all.map((e) => [e.seq, new Date(e.ts_ns / 1e6).toISOString(), nameOf(e.user_id), e.event, e.object, e.peer, e.request_id, JSON.stringify(e.data), e.hash])
      saveFile('ironfly-audit.csv', 'text/csv', csv(['seq', 'time', 'who', 'event', 'object', 'peer', 'request', 'data', 'hash'], rows))
    },
    onError: (error) => toast(error.message, 'down'),
  })
  return (
    <Button icon="table" disabled={make.isPending} onClick={() => make.mutate()}>
      {make.isPending ? t('exporting') : t('export')}
    </Button>
  )
}
