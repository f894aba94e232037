import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { AuditEntry } from '@/api/types.gen'
import { Badge, Button, Dialog, Empty, Failure, Panel, Skeleton, Table, type Column } from '@/components/ui'
import { audit as t } from '@/i18n/en/audit'
import { localMoment, moment, number } from '@/lib/format'
import { api } from '@/lib/http'
import { setParams, useParam } from '@/lib/router'
import { Export } from './Export'
import { isBackwards, NO_FILTER, questionOf, questionText, queryOf, type Filter } from './filter'
import { Filters } from './Filters'
import { usePeople } from './names'
import { Seen, WhoAndWhen } from './Seen'

const PAGE = 200

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

/** The filter is in the address: a view of the trail can be passed on. */
function useFilter(): [Filter, (next: Filter) => void] {
  const [who] = useParam('who')
  const [event] = useParam('event')
  const [find] = useParam('find')
  const [from] = useParam('from')
  const [to] = useParam('to')
  const filter = useMemo(() => ({ who: who ?? '', event: event ?? '', find: find ?? '', from: from ?? '', to: to ?? '' }), [who, event, find, from, to])
  return [filter, (next) => setParams({ ...next })]
}

export default function Audit() {
  const [filter, setFilter] = useFilter()
  const backwards = isBackwards(filter)
  const entries = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => api('GET /api/v1/audit', { query: { ...queryOf(filter), limit: PAGE, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (before) => before,
    staleTime: 0, // the trail grows with everything that is done
    enabled: !backwards,
  })
  const [open, setOpen] = useState<AuditEntry | null>(null)
  const [seen, setSeen] = useParam('seen')
  const question = questionOf(seen)
  const { people, nameOf } = usePeople()
  const all = useMemo(() => (backwards ? [] : (entries.data?.pages.flatMap((page) => page.items) ?? [])), [entries.data, backwards])
  const columns = useMemo(() => columnsOf(nameOf), [nameOf])
  const isFiltered = Object.values(filter).some(Boolean)

  return (
    <div className="mx-auto flex min-h-full max-w-6xl flex-col gap-3 p-3 md:h-full">
      <header className="flex flex-wrap items-end justify-between gap-2">
        <div>
          <h1 className="text-base font-semibold">{t('title')}</h1>
          <p className="max-w-prose text-muted">{t('text')}</p>
        </div>
        <Export filter={filter} nameOf={nameOf} whyNot={backwards && t('backwards')} />
      </header>
      <div className="grid gap-3 lg:grid-cols-2">
        <Verify />
        <WhoAndWhen people={people} onAsk={(asked) => setSeen(questionText(asked))} />
      </div>
      <Filters filter={filter} onChange={setFilter} people={people} />
      <Panel title={t('title')} flush className="min-h-64 flex-1">
        {entries.isPending && !backwards ? (
          <Skeleton rows={12} />
        ) : entries.isError ? (
          <Failure error={entries.error} retry={() => void entries.refetch()} />
        ) : (
          <div className="flex h-full flex-col">
            <Table
              label={t('title')}
              className="min-h-0 flex-1"
              rows={all}
              columns={columns}
              rowKey={(row) => String(row.seq)}
              onRow={setOpen}
              selected={open ? String(open.seq) : null}
              empty={
                isFiltered ? (
                  <Empty icon="audit" title={t('noneMatch')} action={<Button onClick={() => setFilter(NO_FILTER)}>{t('clear')}</Button>}>
                    {backwards ? t('backwards') : t('noneMatchText')}
                  </Empty>
                ) : (
                  <Empty icon="audit" title={t('none')}>
                    {t('noneText')}
                  </Empty>
                )
              }
            />
            {entries.hasNextPage && !backwards && (
              <div className="flex shrink-0 justify-center border-t border-line p-2">
                <Button size="small" disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                  {t('more')}
                </Button>
              </div>
            )}
          </div>
        )}
      </Panel>
      <Dialog open={open !== null && !question} onClose={() => setOpen(null)} title={open ? t('entry', { n: open.seq }) : ''} wide>
        {open && <Entry entry={open} who={nameOf(open.user_id)} onSee={() => setSeen(questionText({ entry: open.seq }))} />}
      </Dialog>
      {question && <Seen key={seen} question={question} nameOf={nameOf} onClose={() => setSeen(null)} />}
    </div>
  )
}

function Entry({ entry, who, onSee }: { entry: AuditEntry; who: string; onSee: () => void }) {
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
      <div className="flex flex-wrap items-center gap-3">
        <Button look="primary" icon="search" onClick={onSee}>
          {t('see')}
        </Button>
        <p className="min-w-0 flex-1 text-xs text-muted">{t('seeText')}</p>
      </div>
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
