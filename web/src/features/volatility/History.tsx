import { useQueries } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { LinePlot, TwinPanel } from '@/components/plot'
import { Button, Help, Stat, Stats, Table, type Column } from '@/components/ui'
import { volatility as t } from '@/i18n/en/volatility'
import { api } from '@/lib/http'
import { percent } from '@/lib/format'
import { standing, volFor } from '@/lib/surface'

const DAYS = 30
const MOST = 120

interface Past {
  day: string
  vol: number
}

const columns: Column<Past>[] = [
  { id: 'day', head: t('pastDay'), cell: (row) => row.day, sort: (row) => row.day },
  { id: 'vol', head: t('month'), figures: true, help: 'ivPast', cell: (row) => percent(row.vol, 2), sort: (row) => row.vol },
]

/** The vol of a month on each stored day, and where today's stands among them. Each day is read when asked for. */
export function History({ symbol, days, now }: { symbol: string; days: readonly string[]; now: number | null }) {
  const [asked, setAsked] = useState(false)
  const read = useMemo(() => days.slice(0, MOST), [days])
  const answers = useQueries({
    queries: (asked ? read : []).map((day) => ({
      queryKey: ['past vol', symbol, day],
      queryFn: async () => volFor((await api('GET /api/v1/chains/{symbol}/expiries', { path: { symbol }, query: { day } })).expiries, DAYS),
      staleTime: Infinity,
      retry: false,
    })),
    combine: (all) => ({ done: all.filter((a) => !a.isPending).length, vols: all.map((a) => a.data ?? null) }),
  })
  const past = useMemo(() => read.flatMap((day, i): Past[] => (answers.vols[i] == null ? [] : [{ day, vol: answers.vols[i] }])).toReversed(), [read, answers.vols])
  const shownNow = now ?? past.at(-1)?.vol ?? null
  const stand = shownNow === null ? null : standing(shownNow, past.map((p) => p.vol))
  const lines = useMemo(() => [{ label: t('month'), values: past.map((p) => p.vol), colour: 'accent', width: 2 }], [past])
  const x = useMemo(() => past.map((p) => Date.parse(`${p.day}T20:00:00Z`) / 1000), [past])
  const title = (
    <>
      {t('history')} <Help fact="ivPast" />
    </>
  )
  const body =
    read.length === 0 ? (
      <p className="p-3 text-muted">{t('noHistory')}</p>
    ) : !asked ? (
      <div className="flex flex-wrap items-center gap-3 p-3">
        <p className="min-w-0 flex-1 text-muted">{t('historyText', { n: read.length })}</p>
        <Button onClick={() => setAsked(true)}>{t('readDays', { n: read.length })}</Button>
      </div>
    ) : answers.done < read.length ? (
      <p role="status" className="p-3 text-muted">
        {t('reading', { n: answers.done, of: read.length })}
      </p>
    ) : (
      <>
        <Stats className="grid-cols-2 gap-3 p-3 sm:grid-cols-5">
          <Stat label={t('now')} value={percent(shownNow, 1)} help="ivPast" />
          <Stat label={t('rank')} value={percent(stand?.rank ?? null, 0)} help="ivRank" />
          <Stat label={t('percentile')} value={percent(stand?.percentile ?? null, 0)} help="ivPercentile" />
          <Stat label={t('lowest')} value={percent(stand?.low ?? null, 1)} help="ivPast" />
          <Stat label={t('highest')} value={percent(stand?.high ?? null, 1)} help="ivPast" />
        </Stats>
        <LinePlot summary={t('historySummary', { n: past.length, low: percent(stand?.low ?? null), high: percent(stand?.high ?? null), now: percent(shownNow) })} x={x} lines={lines} time height={220} formatY={(v) => percent(v, 0)} />
      </>
    )
  return <TwinPanel title={title} plot={body} table={<Table label={t('history')} className="max-h-80" rows={past} columns={columns} rowKey={(row) => row.day} empty={<p className="p-3 text-muted">{t('noHistory')}</p>} />} />
}
