import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Desk, Job, Queue, System as SystemState } from '@/api/types.gen'
import { Badge, Button, Dot, Empty, Failure, Panel, Progress, Skeleton, Stat, Stats, Table, toast, type Column } from '@/components/ui'
import { system as t } from '@/i18n/en/system'
import { useDesk } from '@/lib/desk'
import { age, bytes, clock, moment, number, percent } from '@/lib/format'
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
      <div className="grid gap-3 lg:grid-cols-2">
        <Queues queues={s.queues} busy={s.busy} />
        <Process state={s} />
      </div>
      <DeskPanel state={s} />
      <Jobs />
      <Versions versions={s.versions} />
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
      <Stats className="grid-cols-2">
        <Stat label={t('connection')} value={line === 'open' ? t('openLine') : t('lost')} tone={line === 'open' ? '' : 'text-down'} help={null} />
        <Stat label={t('latency')} value={latency === null ? '—' : `${number(latency)} ms`} help="latency" />
        <Stat label={t('dropped')} value={number(dropped)} tone={dropped ? 'text-warn' : ''} help="missed" />
      </Stats>
    </Panel>
  )
}

const queueColumns: Column<Queue>[] = [
  { id: 'name', head: t('queue'), cell: (row) => <span title={t(`queue_${row.name}`)}>{t(`queue_${row.name}`)}</span> },
  { id: 'waiting', head: t('waitingNow'), figures: true, help: 'queueWaiting', cell: (row) => <span className={row.waiting * 2 > row.max ? 'text-warn' : ''}>{t('ofMost', { n: number(row.waiting), max: number(row.max) })}</span> },
  { id: 'threads', head: t('threads'), figures: true, help: null, cell: (row) => number(row.threads) },
]

/** How many requests wait for whom; each kind has threads of its own, so that one cannot hold up the others. */
function Queues({ queues, busy }: { queues: readonly Queue[]; busy: number }) {
  return (
    <Panel title={t('queues')} flush>
      <Table label={t('queues')} rows={queues} columns={queueColumns} rowKey={(row) => row.name} />
      <Stats className="p-3">
        <Stat label={t('busy')} value={number(busy)} tone={busy ? 'text-warn' : ''} help="busyAnswers" />
      </Stats>
    </Panel>
  )
}

/** How much of one processor, over the last two looks. */
function useProcessor(state: SystemState): number | null {
  const [share, setShare] = useState<number | null>(null)
  const before = useRef<{ used: number; at: number } | null>(null)
  useEffect(() => {
    const was = before.current
    const at = state.now_ns / 1e9
    if (was && at - was.at < 1) return
    // After a restart it counts anew.
    if (was) setShare(state.processor_seconds < was.used ? null : (state.processor_seconds - was.used) / (at - was.at))
    before.current = { used: state.processor_seconds, at }
  }, [state])
  return share
}

function Process({ state }: { state: SystemState }) {
  const share = useProcessor(state)
  return (
    <Panel title={t('process')}>
      <Stats>
        <Stat label={t('memory')} value={bytes(state.memory_bytes)} help="memory" />
        <Stat label={t('processor')} value={share === null ? '—' : percent(share, 0)} help="processor" />
        <Stat label={t('openFiles')} value={number(state.open_files)} help="openFiles" />
      </Stats>
    </Panel>
  )
}

/** What runs, to be said with a question or a complaint. */
function Versions({ versions }: { versions: SystemState['versions'] }) {
  return (
    <Panel title={t('versions')}>
      <dl className="grid gap-x-6 gap-y-1 text-xs sm:grid-cols-2 lg:grid-cols-4">
        {versions.map((part) => (
          <div key={part.name} className="flex justify-between gap-2">
            <dt className="text-muted">{part.name}</dt>
            {/* Some builds end it with a dash and no commit behind. */}
            <dd className="select-all">{part.version.replace(/-+$/, '')}</dd>
          </div>
        ))}
      </dl>
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

const feedTones: Record<string, string> = { down: 'text-down', refused: 'text-down', connecting: 'text-warn', over: 'text-warn' }

function DeskPanel({ state }: { state: SystemState }) {
  const desk = useDesk()
  const rate = useRate(desk)
  return (
    <Panel title={t('desk')} actions={<Badge tone={desk ? 'up' : 'plain'}>{desk ? desk.state.replaceAll('_', ' ') : t('off')}</Badge>}>
      {!desk ? (
        <p className="text-muted">
          {t('feed')}: {state.feed}
        </p>
      ) : (
        <>
          {desk.text && <p className="mb-2 text-muted">{desk.text}</p>}
          <Stats className="grid-cols-[repeat(auto-fit,minmax(7.5rem,1fr))]">
            <Stat label={t('feed')} value={desk.feed} detail={desk.symbols.join(', ')} help={null} />
            <Stat label={t('feedState')} value={desk.feed_state} tone={feedTones[desk.feed_state] ?? ''} help={null} />
            <Stat label={t('feedAge')} value={age(state.feed_age_ms)} tone={desk.session === 'open' && (state.feed_age_ms ?? 0) > 2000 ? 'text-warn' : ''} help="feedAge" />
            <Stat label={t('session')} value={desk.session} detail={desk.day ?? undefined} help={null} />
            <Stat label={t('market')} value={clock(desk.market_ns)} help="marketTime" />
            <Stat label={t('speed')} value={desk.speed === null ? '—' : `${number(desk.speed)}×`} help="speed" />
            <Stat label={t('lag')} value={desk.lag_ms === null ? '—' : `${number(desk.lag_ms, 1)} ms`} tone={(desk.lag_ms ?? 0) > 1000 ? 'text-warn' : ''} help="lag" />
            <Stat label={t('quotes')} value={number(desk.quotes)} detail={rate === null ? undefined : t('rate', { n: Math.round(rate) })} help="quotesTaken" />
            <Stat label={t('journal')} value={number(desk.journal_records)} help="journal" />
            <Stat label={t('rowsBehind')} value={number(state.rows_behind)} tone={(state.rows_behind ?? 0) > 1000 ? 'text-warn' : ''} help="rowsBehind" />
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
