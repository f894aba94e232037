import { useQuery } from '@tanstack/react-query'
import type { CorrelationPair, Correlations } from '@/api/types.gen'
import { TwinPanel } from '@/components/plot'
import { Empty, Failure, Help, Panel, Segmented, Select, Skeleton, Table, type Column } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { breaksOf, lacking, type Measure } from '@/lib/correlations'
import { day, NONE, number, percent, signed } from '@/lib/format'
import { api } from '@/lib/http'
import { navigate, useParam } from '@/lib/router'
import { CorrelationMap } from './CorrelationMap'

const windows = [
  [20, 60],
  [10, 40],
  [60, 250],
] as const
const windowChoices = windows.map(([recent, before]) => ({ value: `${recent}-${before}`, label: t('windowDays', { recent, before }) }))
const beyondChoices = ['2', '3', '4'].map((value) => ({ value, label: t('beyondOf', { z: value }) }))
const measures = (['recent', 'before'] as const).map((value) => ({ value, label: t(`m_${value}`) }))
const sources = [
  { value: 'days', label: t('ofDays') },
  { value: 'minutes', label: t('ofMinutes') },
] as const

function PairLink({ pair, of }: { pair: CorrelationPair; of: Correlations['of'] }) {
  const to = `/charts?${new URLSearchParams({ symbol: pair.a, compare: pair.b, interval: of === 'days' ? 'day' : '60' })}`
  return (
    <a
      href={to}
      className="font-medium text-accent underline-offset-2 hover:underline"
      aria-label={t('toChart', { a: pair.a, b: pair.b })}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(to)
      }}
    >
      {pair.a} · {pair.b}
    </a>
  )
}

const columnsOf = (of: Correlations['of']): Column<CorrelationPair>[] => [
  { id: 'pair', head: t('pair'), phone: true, cell: (row) => <PairLink pair={row} of={of} />, sort: (row) => `${row.a} ${row.b}` },
  { id: 'before', head: t('before_'), phone: true, figures: true, help: 'correlation', cell: (row) => number(row.before, 2), sort: (row) => row.before },
  { id: 'recent', head: t('recent'), phone: true, figures: true, help: 'correlation', cell: (row) => number(row.recent, 2), sort: (row) => row.recent },
  { id: 'n', head: t('returnsN'), figures: true, help: 'returnsCommon', cell: (row) => number(row.n), sort: (row) => row.n },
  { id: 'score', head: t('score'), phone: true, figures: true, help: 'breakScore', cell: (row) => <span title={row.score === null ? undefined : t(row.score > 0 ? 'apart' : 'together')}>{signed(row.score, 1)}</span>, sort: (row) => (row.score === null ? null : Math.abs(row.score)) },
  { id: 'p', head: t('chance'), figures: true, help: 'breakChance', cell: (row) => (row.p !== null && row.p < 0.001 ? '<0.1%' : percent(row.p)), sort: (row) => row.p },
]

/** How the desk's underlyings move together, and which pairs have just stopped, or begun, to. */
export function CorrelationPanel() {
  const [source, setSource] = useParam('of')
  const [window, setWindow] = useParam('window')
  const [limit, setLimit] = useParam('beyond')
  const [shown, setShown] = useParam('corr')
  const of = source === 'minutes' ? 'minutes' : 'days'
  const measure: Measure = shown === 'before' ? 'before' : 'recent'
  const at = Math.max(0, windowChoices.findIndex((choice) => choice.value === window))
  const [recent, before] = windows[at] ?? windows[0]
  const beyond = beyondChoices.find((choice) => choice.value === limit)?.value ?? '3'
  const asked = useQuery({
    queryKey: ['risk', 'correlations', of, recent, before],
    queryFn: () => api('GET /api/v1/risk/correlations', { query: { of, recent, before } }),
    refetchInterval: of === 'minutes' ? 20_000 : 300_000,
  })
  if (asked.isPending) return <Skeleton rows={6} />
  if (asked.isError)
    return (
      <Panel title={t('correlations')}>
        <Failure error={asked.error} retry={() => void asked.refetch()} className="!m-0" />
      </Panel>
    )
  const all = asked.data
  if (all.series.length < 2)
    return (
      <Panel title={t('correlations')}>
        <Empty icon="charts" title={t('oneUnderlying')}>
          {t('oneUnderlyingText')}
        </Empty>
      </Panel>
    )
  const columns = columnsOf(all.of)
  const breaks = breaksOf(all.pairs, Number(beyond))
  return (
    <TwinPanel
      title={
        <>
          {t('correlations')} <Help fact="correlation" />
        </>
      }
      actions={<Segmented label={t('correlationOf')} value={of} choices={sources} onChange={setSource} />}
      plot={
        <>
          <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
            <Segmented<Measure> label={t('measure')} value={measure} choices={measures} onChange={setShown} />
            {of === 'days' && <Select aria-label={t('windowOf')} className="!w-auto text-xs" value={windowChoices[at]?.value ?? ''} choices={windowChoices} onChange={setWindow} />}
            <Select aria-label={t('beyond')} className="!w-auto text-xs" value={beyond} choices={beyondChoices} onChange={setLimit} />
          </div>
          <p className="px-3 pt-2 text-xs text-muted">{summaryOf(all, breaks, beyond)}</p>
          <Lacking all={all} />
          <div className="grid items-start lg:grid-cols-2">
            <CorrelationMap of={all} measure={measure} beyond={Number(beyond)} />
            <Table
              label={t('breaks')}
              className="p-2 max-lg:border-t max-lg:border-line"
              rows={breaks}
              columns={columns}
              rowKey={(row) => `${row.a} ${row.b}`}
              empty={<p className="p-3 text-xs text-muted">{all.pairs.some((pair) => pair.score !== null) ? t('noBreaks', { z: beyond }) : t('noBreaksKnown')}</p>}
            />
          </div>
        </>
      }
      table={<Table label={t('allPairs')} className="max-h-[26rem]" rows={all.pairs} columns={columns} rowKey={(row) => `${row.a} ${row.b}`} />}
    />
  )
}

function summaryOf(all: Correlations, breaks: CorrelationPair[], z: string): string {
  const known = all.pairs.filter((pair) => pair.score !== null).length
  const worst = breaks[0]
  if (worst) return t('correlationSummary', { n: breaks.length, all: all.pairs.length, z, a: worst.a, b: worst.b, before: number(worst.before, 2), recent: number(worst.recent, 2) })
  return known === 0 ? t('correlationUnknown', { all: all.pairs.length }) : t('correlationCalm', { all: all.pairs.length, z, known })
}

function Lacking({ all }: { all: Correlations }) {
  const few = lacking(all)
  if (few.length === 0) return null
  const list = few.map(({ symbol, prices }) => t('lackingOne', { symbol, n: prices })).join(', ')
  const today = all.market_ns ? day(new Date(all.market_ns / 1e6).toISOString().slice(0, 10), true) : NONE
  return <p className="mx-3 mt-2 rounded-md border border-line bg-inset p-2 text-xs text-muted">{all.of === 'days' ? t('lackingDays', { n: all.needs + 1, day: today, list }) : t('lackingMinutes', { n: all.needs + 1, list })}</p>
}
