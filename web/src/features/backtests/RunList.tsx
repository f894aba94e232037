import { useState } from 'react'
import type { Job, Run } from '@/api/types.gen'
import { Badge, Button, cx, Empty, Failure, Help, Input, Progress, Skeleton, toast } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { common } from '@/i18n/en/common'
import type { FactId } from '@/i18n/en/facts'
import { api } from '@/lib/http'
import { day, moment, number, percent, signedPercent, tone } from '@/lib/format'
import { ends } from '@/lib/report/name'
import { setParams, useParam } from '@/lib/router'
import { useMay } from '@/state/session'
import { idsOf, matches, useJobs, useRuns } from './queries'

export function RunList({ selected }: { selected: string | null }) {
  const runs = useRuns()
  const { open, failed } = useJobs()
  const [filter, setFilter] = useState('')
  const [compare] = useParam('compare')
  const ids = idsOf(compare)
  const may = useMay('research:run')
  const items = runs.data?.items ?? []
  const shown = items.filter((run) => matches(run, filter))
  const start = () => setParams({ new: '1', run: null, compare: null })

  const tick = (id: string) => {
    const next = ids.includes(id) ? ids.filter((x) => x !== id) : [...ids, id]
    if (next.length > 4) toast(t('tooMany'), 'warn')
    else setParams({ compare: next.join(',') || null, ...(next.length > 1 ? { run: null, new: null } : {}) })
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex shrink-0 items-center justify-between gap-2 border-b border-line p-2 pl-3">
        <h1 className="text-sm font-semibold">{t('title')}</h1>
        <Button look="primary" size="small" icon="plus" onClick={start} whyNot={!may && common('noPermission', { role: '', permission: 'research:run' })}>
          {t('new')}
        </Button>
      </header>
      <div className="shrink-0 p-2">
        <Input type="search" aria-label={t('filter')} placeholder={t('filter')} value={filter} onChange={(event) => setFilter(event.target.value)} />
      </div>
      <div className="min-h-0 flex-1 overflow-auto" role="region" aria-label={t('kept')} tabIndex={0}>
        {(open.length > 0 || failed.length > 0) && (
          <section aria-label={t('under')} className="border-b border-line pb-1">
            {open.map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
            {failed.map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
          </section>
        )}
        {runs.isPending && <Skeleton rows={12} />}
        {runs.isError && <Failure error={runs.error} retry={() => void runs.refetch()} />}
        {runs.isSuccess && items.length === 0 && (
          <Empty icon="backtests" title={t('none')} action={may && <Button onClick={start}>{t('new')}</Button>}>
            {t('noneText')}
          </Empty>
        )}
        {shown.length > 0 && <Legend />}
        {items.length > 0 && shown.length === 0 && <p className="p-4 text-center text-faint">{t('noneMatch')}</p>}
        <ul>
          {shown.map((run) => (
            <RunRow key={run.id} run={run} selected={run.id === selected} ticked={ids.includes(run.id)} onTick={() => tick(run.id)} />
          ))}
        </ul>
      </div>
    </div>
  )
}

const figures: { name: Parameters<typeof t>[0]; help: FactId }[] = [
  { name: 'totalReturn', help: 'totalReturn' },
  { name: 'tradesN', help: 'tradesN' },
  { name: 'sharpe', help: 'sharpe' },
  { name: 'drawdown', help: 'maxDrawdown' },
]

/** What the figures of each run are: a run is a button, which can hold no `?` of its own. */
function Legend() {
  return (
    <ul aria-label={t('figure')} className="flex flex-wrap gap-x-2 border-b border-line px-3 text-2xs text-faint">
      {figures.map(({ name, help }) => (
        <li key={name} className="inline-flex min-h-7 items-center gap-1">
          {t(name)} <Help fact={help} />
        </li>
      ))}
    </ul>
  )
}

function RunRow({ run, selected, ticked, onTick }: { run: Run; selected: boolean; ticked: boolean; onTick: () => void }) {
  const [start, end] = ends(run.strategy)
  return (
    <li className={cx('flex items-stretch border-b border-line', selected ? 'bg-accent-soft' : 'hover:bg-hover')}>
      <label className="grid w-9 shrink-0 cursor-pointer place-items-center">
        <input type="checkbox" checked={ticked} onChange={onTick} aria-label={t('tick', { name: run.strategy })} className="size-3.5 accent-[var(--accent-strong)]" />
      </label>
      <button
        type="button"
        aria-current={selected || undefined}
        onClick={() => setParams({ run: run.id, new: null, compare: null })}
        className="grid min-h-11 min-w-0 flex-1 grid-cols-[1fr_auto] gap-x-2 py-1.5 pr-3 text-left"
      >
        <span className="flex min-w-0 text-xs font-medium whitespace-pre" title={run.strategy}>
          <span className="truncate">{start}</span>
          <span className="shrink-0">{end}</span>
        </span>
        <span className={cx('text-right text-xs font-semibold', tone(run.total_return))}>{signedPercent(run.total_return, 1)}</span>
        <span className="truncate text-2xs text-faint">
          {run.underlying} · {run.first_day && day(run.first_day, true)} – {run.last_day && day(run.last_day, true)}
        </span>
        <span className="text-right text-2xs whitespace-nowrap text-faint">
          {t('trades', { n: run.trades })} · SR {number(run.sharpe, 2)}
        </span>
        <span className="col-span-2 truncate text-2xs text-faint">
          {t('ranAt', { when: moment(run.created_ns) })} · {t('fell', { x: percent(run.max_drawdown === null ? null : -Math.abs(run.max_drawdown)) })}
        </span>
      </button>
    </li>
  )
}

function nameOf(job: Job): string {
  const spec = job.spec as { strategy?: string; name?: string } | null
  return spec?.strategy ?? spec?.name ?? job.kind
}

function JobRow({ job }: { job: Job }) {
  const cancel = () => void api('POST /api/v1/jobs/{id}/cancel', { path: { id: job.id } }).catch((error: Error) => toast(error.message, 'down'))
  const under = job.state === 'waiting' || job.state === 'running'
  return (
    <div className="grid gap-1 px-3 py-1.5">
      <div className="flex items-center justify-between gap-2">
        <span className="truncate text-xs font-medium">{nameOf(job)}</span>
        {under ? (
          <Button size="small" look="quiet" onClick={cancel}>
            {t('stop')}
          </Button>
        ) : (
          <Badge tone="down">{t('failed')}</Badge>
        )}
      </div>
      {under ? (
        <>
          <Progress value={job.progress} label={`${nameOf(job)}: ${t(job.state)}`} />
          <span className="truncate text-2xs text-faint">
            {job.progress === null ? t(job.state) : `${Math.round(job.progress * 100)}%`} {job.text && `· ${job.text}`}
          </span>
        </>
      ) : (
        <p className="text-2xs break-words text-down">{job.error}</p>
      )}
    </div>
  )
}
