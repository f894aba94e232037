import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Desk, Job } from '@/api/types.gen'
import { Badge, Button, Dot, Empty, Failure, Panel, Progress, Skeleton, Stat, Stats, Table, toast, type Column } from '@/components/ui'
import { system as t } from '@/i18n/en/system'
import { useDesk } from '@/lib/desk'
import { age, bytes, clock, moment, number } from '@/lib/format'
import { api } from '@/lib/http'
import { useLine, useTopic } from '@/lib/stream/client'

export default function System() {
  const asked = useRef(0)
  const state = useQuery({
    queryKey: ['system'],
    queryFn: async () => {
      asked.current = Date.now()
      const answer = await api('GET /api/v1/system')
      // The server's clock was read half a round trip ago.
      return { ...answer, skew_ms: Math.round((asked.current + Date.now()) / 2 - answer.now_ns / 1e6) }
    },
    refetchInterval: 5000,
  })
  if (state.isPending) return <Skeleton rows={14} />
  if (state.isError) return <Failure error={state.error} retry={() => void state.refetch()} />
  const s = state.data
  return (
    <div className="mx-auto grid max-w-6xl gap-3 p-3">
      <h1 className="text-base font-semibold">{t('title')}</h1>
      <div className="grid gap-3 lg:grid-cols-2">
        <Panel title={t('server')}>
          <Stats className="grid-cols-2 sm:grid-cols-4">
            <Stat label={t('version')} value={s.version} help={null} />
            <Stat label={t('uptime')} value={age((s.now_ns - s.started_ns) / 1e6)} detail={moment(s.started_ns).slice(0, 16)} help="uptime" />
            <Stat label={t('mode')} value={s.mode} help={null} />
            <Stat label={t('disk')} value={bytes(s.disk_free_bytes)} tone={s.disk_free_bytes < 1 << 30 ? 'text-warn' : ''} detail={s.disk_free_bytes < 1 << 30 ? t('diskLow') : undefined} help="disk" />
            <Stat label={t('requests')} value={number(s.requests)} help="requests" />
            <Stat label={t('streams')} value={number(s.streams)} help="streams" />
            <Stat label={t('jobs')} value={`${s.jobs_running} ${t('running')}`} detail={`${s.jobs_waiting} ${t('waiting')}`} help="jobs" />
            <Stat label={t('skew')} value={`${number(s.skew_ms)} ms`} tone={Math.abs(s.skew_ms) > 1000 ? 'text-warn' : ''} help="skew_ms" />
          </Stats>
        </Panel>
        <div className="grid gap-3 sm:grid-cols-2">
          <Health />
          <Line />
        </div>
      </div>
      <DeskPanel feed={s.feed} />
      <Jobs />
      <About version={s.version} />
    </div>
  )
}

const CREDITS: [string, string, string][] = [
  ['TradingView Lightweight Charts™', 'Apache-2.0, © TradingView, Inc.', 'https://www.tradingview.com/'],
  ['React', 'MIT', 'https://react.dev/'],
  ['TanStack Query', 'MIT', 'https://tanstack.com/query'],
  ['dockview', 'MIT', 'https://dockview.dev/'],
  ['three.js', 'MIT', 'https://threejs.org/'],
  ['uPlot', 'MIT', 'https://github.com/leeoniya/uPlot'],
  ['zustand', 'MIT', 'https://github.com/pmndrs/zustand'],
  ['Inter', 'SIL OFL 1.1', 'https://rsms.me/inter/'],
]

/** Whose work this page stands on; the charts' licence asks to be named. */
function About({ version }: { version: string }) {
  return (
    <Panel title={t('about')}>
      <p className="mb-2 text-muted">{t('aboutText', { version })}</p>
      <ul className="grid gap-x-6 gap-y-1 text-xs sm:grid-cols-2">
        {CREDITS.map(([name, licence, url]) => (
          <li key={name} className="flex flex-wrap items-baseline gap-x-2">
            <a href={url} rel="noreferrer" target="_blank" className="inline-block min-h-6 min-w-6 py-1 text-accent underline underline-offset-2">
              {name}
            </a>
            <span className="text-muted">{licence}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Health() {
  const probe = (path: string) => async () => (await fetch(path)).ok
  const live = useQuery({ queryKey: ['healthz'], queryFn: probe('/healthz'), refetchInterval: 5000, retry: false })
  const ready = useQuery({ queryKey: ['readyz'], queryFn: probe('/readyz'), refetchInterval: 5000, retry: false })
  const rows = [
    { name: t('live'), good: live.data },
    { name: t('ready'), good: ready.data },
  ]
  return (
    <Panel title={t('checks')}>
      <ul className="grid gap-2">
        {rows.map((row) => (
          <li key={row.name} className="flex justify-between gap-2">
            <span>{row.name}</span>
            <Dot tone={row.good === undefined ? 'plain' : row.good ? 'up' : 'down'}>{row.good === undefined ? '…' : row.good ? t('good') : t('bad')}</Dot>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Line() {
  const { line, latency, dropped } = useLine()
  return (
    <Panel title={t('line')}>
      <Stats className="grid-cols-3">
        <Stat label={t('connection')} value={line === 'open' ? t('openLine') : t('lost')} tone={line === 'open' ? '' : 'text-down'} help={null} />
        <Stat label={t('latency')} value={latency === null ? '—' : `${number(latency)} ms`} help="latency" />
        <Stat label={t('dropped')} value={number(dropped)} tone={dropped ? 'text-warn' : ''} help="missed" />
      </Stats>
    </Panel>
  )
}

/** Quotes a second, over the last two states of the desk. */
function useRate(desk: Desk | null): number | null {
  const [rate, setRate] = useState<number | null>(null)
  const before = useRef<{ quotes: number; at: number } | null>(null)
  useEffect(() => {
    if (!desk) return
    const was = before.current
    const at = desk.now_ns / 1e9
    if (was && at - was.at < 1) return
    if (was) setRate((desk.quotes - was.quotes) / (at - was.at))
    before.current = { quotes: desk.quotes, at }
  }, [desk])
  return rate
}

function DeskPanel({ feed }: { feed: string }) {
  const desk = useDesk()
  const rate = useRate(desk)
  return (
    <Panel title={t('desk')} actions={<Badge tone={desk ? 'up' : 'plain'}>{desk ? desk.state.replaceAll('_', ' ') : t('off')}</Badge>}>
      {!desk ? (
        <p className="text-muted">
          {t('feed')}: {feed}
        </p>
      ) : (
        <>
          {desk.text && <p className="mb-2 text-muted">{desk.text}</p>}
          <Stats>
            <Stat label={t('feed')} value={desk.feed} detail={desk.symbols.join(', ')} help={null} />
            <Stat label={t('session')} value={desk.session} detail={desk.day ?? undefined} help={null} />
            <Stat label={t('market')} value={clock(desk.market_ns)} help="marketTime" />
            <Stat label={t('speed')} value={desk.speed === null ? '—' : `${number(desk.speed)}×`} help="speed" />
            <Stat label={t('lag')} value={desk.lag_ms === null ? '—' : `${number(desk.lag_ms, 1)} ms`} tone={(desk.lag_ms ?? 0) > 1000 ? 'text-warn' : ''} help="lag" />
            <Stat label={t('quotes')} value={number(desk.quotes)} detail={rate === null ? undefined : t('rate', { n: Math.round(rate) })} help="quotesTaken" />
            <Stat label={t('journal')} value={number(desk.journal_records)} help="journal" />
            <Stat label={t('recovered')} value={number(desk.recovered)} help="recovered" />
            <Stat label={t('working')} value={number(desk.working)} help="working" />
            <Stat label={t('armed')} value={number(desk.armed)} help="armedN" />
          </Stats>
        </>
      )}
    </Panel>
  )
}

const tones = { waiting: 'plain', running: 'accent', done: 'up', failed: 'down', cancelled: 'warn' } as const

const columns: Column<Job>[] = [
  { id: 'kind', head: t('kind'), cell: (row) => row.kind, sort: (row) => row.kind },
  { id: 'state', head: t('jobState'), cell: (row) => <Badge tone={tones[row.state]}>{row.state}</Badge>, sort: (row) => row.state },
  { id: 'progress', head: '', className: 'w-28', cell: (row) => (row.state === 'running' ? <Progress value={row.progress} label={row.kind} /> : '') },
  { id: 'asked', head: t('asked'), cell: (row) => moment(row.created_ns), sort: (row) => row.created_ns },
  { id: 'took', head: t('took'), figures: true, help: 'took', cell: (row) => age(row.started_ns === null || row.ended_ns === null ? null : (row.ended_ns - row.started_ns) / 1e6) },
  { id: 'text', head: t('text'), className: '!whitespace-normal', cell: (row) => <span className={row.error ? 'text-down' : 'text-muted'}>{row.error || row.text}</span> },
  { id: 'stop', head: '', figures: true, help: null, cell: (row) => (row.state === 'running' || row.state === 'waiting') && <Stop job={row} /> },
]

function Stop({ job }: { job: Job }) {
  const stop = () => void api('POST /api/v1/jobs/{id}/cancel', { path: { id: job.id } }).catch((error: Error) => toast(error.message, 'down'))
  return (
    <Button size="small" onClick={stop}>
      {t('stop')}
    </Button>
  )
}

function Jobs() {
  const live = useTopic('jobs')
  // The topic knows what has changed since the server began; what was before is asked for.
  const asked = useQuery({ queryKey: ['jobs'], queryFn: () => api('GET /api/v1/jobs', { query: { limit: 50 } }) })
  const byId = new Map([...(asked.data?.items ?? []), ...(live ?? [])].map((job) => [job.id, job]))
  const jobs = [...byId.values()].sort((a, b) => b.created_ns - a.created_ns).slice(0, 50)
  return (
    <Panel title={t('recent')} flush>
      {asked.isPending ? (
        <Skeleton rows={4} />
      ) : (
        <Table label={t('recent')} className="max-h-96" rows={jobs} columns={columns} rowKey={(row) => row.id} empty={<Empty title={t('noJobs')} />} />
      )}
    </Panel>
  )
}
