import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import type { Surface, SurfaceSlice } from '@/api/types.gen'
import { HeatTable, LinePlot, TwinPanel } from '@/components/plot'
import { Badge, Empty, Failure, Field, Help, Panel, Select, Skeleton, Table, type Column } from '@/components/ui'
import { volatility as t } from '@/i18n/en/volatility'
import { day as dayText, moment, number, percent, signed, weekday } from '@/lib/format'
import { useDesk } from '@/lib/desk'
import { api } from '@/lib/http'
import { setParams, useParam } from '@/lib/router'
import { black } from '@/lib/payoff/black'
import { bends, gridOf, slicesOf, smileOf, STEPS, termOf, type Slice, type Term } from '@/lib/surface'
import { useTopic } from '@/lib/stream/client'
import { useSymbol } from '@/state/context'
import { History } from './History'

const Surface3D = lazy(() => import('./Surface3D'))

export default function Volatility() {
  const [symbol] = useSymbol()
  const [at, setAt] = useParam('day')
  const desk = useDesk()
  const quote = useTopic('quotes')?.find((q) => q.symbol === symbol)
  const days = useQuery({ queryKey: ['days', symbol], queryFn: () => api('GET /api/v1/symbols/{symbol}/days', { path: { symbol }, query: { limit: 250 } }), retry: false })
  const isLive = desk?.symbols.includes(symbol) ?? false
  const stored = days.data?.items ?? []
  const chosen = at ?? (isLive ? '' : (stored[0]?.day ?? ''))
  const surface = useQuery({
    queryKey: ['surface', symbol, chosen],
    queryFn: () => api('GET /api/v1/surface/{symbol}', { path: { symbol }, query: { day: chosen || undefined } }),
    refetchInterval: chosen === '' ? 5000 : false,
    retry: false,
  })
  const choices = [...(isLive ? [{ value: '', label: t('live') }] : []), ...stored.map((d) => ({ value: d.day, label: `${weekday(d.day)} ${dayText(d.day, true)}` }))]
  if (chosen && !choices.some((c) => c.value === chosen)) choices.push({ value: chosen, label: chosen })
  return (
    <div className="mx-auto grid max-w-7xl gap-3 p-3">
      <header className="flex flex-wrap items-end justify-between gap-2">
        <h1 className="text-base font-semibold">
          {t('title')} <span className="text-muted">{symbol}</span>
        </h1>
        <div className="flex items-center gap-3">
          {surface.data && (
            <span className="text-2xs text-faint">
              {t('at', { moment: moment(surface.data.ts_ns) })} · {t('source', { source: surface.data.source })}
            </span>
          )}
          <Field label={t('moment')} inline>
            {(ids) => <Select {...ids} className="!w-40" value={chosen} choices={choices} onChange={(next) => setAt(next || null)} />}
          </Field>
        </div>
      </header>
      {surface.isPending ? <Skeleton rows={16} /> : surface.isError ? <Failure error={surface.error} retry={() => void surface.refetch()} /> : <View surface={surface.data} />}
      <History key={symbol} symbol={symbol} days={stored.map((d) => d.day)} now={chosen === '' ? (quote?.vol30 ?? null) : null} />
    </div>
  )
}

function View({ surface }: { surface: Surface }) {
  const slices = useMemo(() => slicesOf(surface), [surface])
  if (slices.length === 0) {
    return (
      <Empty icon="volatility" title={t('none', { symbol: surface.symbol })}>
        {t('noneText')}
      </Empty>
    )
  }
  return (
    <>
      <div className="grid gap-3 xl:grid-cols-2">
        <SurfacePanel symbol={surface.symbol} slices={slices} />
        <SmilePanel surface={surface} />
      </div>
      <TermPanels slices={slices} />
      <Flags surface={surface} slices={slices} />
    </>
  )
}

/** What could be had for less than nothing, were one to trade at the surface: between expiries, and within one. */
function Flags({ surface, slices }: { surface: Surface; slices: readonly Slice[] }) {
  const falls = useMemo(() => termOf(slices).filter((row) => row.falls).length, [slices])
  const bent = useMemo(
    () =>
      surface.slices.flatMap((s) => {
        const { forward, years } = s
        if (!s.fitted || forward === null) return []
        const strikes = bends(s, (strike, vol) => black(true, forward, strike, years, vol, 1, 1).price)
        return strikes.length ? [{ expiry: title(s), strikes }] : []
      }),
    [surface],
  )
  return (
    <Panel title={t('flags')}>
      {falls === 0 && bent.length === 0 ? (
        <p className="text-muted">{t('flagsNone')}</p>
      ) : (
        <ul className="grid gap-1 text-xs text-warn">
          {falls > 0 && <li>{t('fallsText', { n: falls })}</li>}
          {bent.map(({ expiry, strikes }) => (
            <li key={expiry}>{t('flagBends', { n: strikes.length, expiry, strikes: strikes.slice(0, 6).map((k) => number(k)).join(', ') })}</li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

const title = (s: { expiry: string; root: string }) => `${dayText(s.expiry, true)} ${s.root}`

/** At most so many rows in the mesh and the table: the near ones all, the far ones thinned. */
function thinned(slices: readonly Slice[]): Slice[] {
  const MOST = 16
  if (slices.length <= MOST) return [...slices]
  return Array.from({ length: MOST }, (_, i) => slices[Math.round((i * (slices.length - 1)) / (MOST - 1))] as Slice)
}

function SurfacePanel({ symbol, slices }: { symbol: string; slices: Slice[] }) {
  const shown = useMemo(() => thinned(slices), [slices])
  const grid = useMemo(() => gridOf(shown), [shown])
  const all = grid.flat().filter((v): v is number => v !== null)
  const low = Math.min(...all)
  const high = Math.max(...all)
  const every = STEPS.flatMap((z, i) => (Number.isInteger(z * 2) ? [i] : []))
  const table = (
    <HeatTable
      label={t('gridLabel')}
      corner={t('corner')}
      className="max-h-[26rem] p-2"
      columns={every.map((i) => `${signed(STEPS[i], 1)}σ`)}
      rows={shown.map((s, r) => ({ head: title(s), values: every.map((i) => grid[r]?.[i] ?? null) }))}
      format={(value) => percent(value)}
      full={high}
      oneSided={{ from: low }}
    />
  )
  return (
    <TwinPanel
      title={
        <>
          {t('surface')} <Help fact="iv" />
        </>
      }
      plot={
        <Suspense fallback={<Skeleton rows={12} />}>
          <Surface3D
            summary={t('surfaceSummary', { symbol, n: slices.length, low: percent(low), high: percent(high), near: percent(slices[0]?.atm), far: percent(slices.at(-1)?.atm) })}
            grid={grid}
            steps={STEPS}
            names={shown.map((s) => `${s.days} d`)}
            low={low}
            high={high}
            twin={table}
          />
        </Suspense>
      }
      table={table}
    />
  )
}

interface SmileRow {
  strike: number
  bid: number | null
  ask: number | null
  fit: number | null
}

const smileColumns: Column<SmileRow>[] = [
  { id: 'strike', head: t('strike'), figures: true, help: null, cell: (row) => number(row.strike, Number.isInteger(row.strike) ? 0 : 1), sort: (row) => row.strike },
  { id: 'bid', head: t('bid'), figures: true, help: 'ivBid', cell: (row) => percent(row.bid, 2) },
  { id: 'fit', head: t('fit'), figures: true, help: 'ivFit', cell: (row) => percent(row.fit, 2) },
  { id: 'ask', head: t('ask'), figures: true, help: 'ivAsk', cell: (row) => percent(row.ask, 2) },
]

/** The expiry nearest to thirty days, until another is chosen. */
function monthOf(slices: readonly SurfaceSlice[]): SurfaceSlice | undefined {
  return slices.filter((s) => s.fitted).toSorted((a, b) => Math.abs(a.years - 30 / 365) - Math.abs(b.years - 30 / 365))[0]
}

function SmilePanel({ surface }: { surface: Surface }) {
  const [expiry] = useParam('expiry')
  const slice = surface.slices.find((s) => `${s.expiry} ${s.root}` === expiry) ?? monthOf(surface.slices) ?? surface.slices[0]
  const smile = useMemo(() => (slice ? smileOf(slice) : null), [slice])
  const lines = useMemo(
    () =>
      smile
        ? [
            { label: t('bid'), values: smile.bid, colour: 'down', points: true },
            { label: t('ask'), values: smile.ask, colour: 'up', points: true },
            { label: t('fit'), values: smile.fit, colour: 'accent', width: 2 },
          ]
        : [],
    [smile],
  )
  if (!slice || !smile) return null
  const choices = surface.slices.map((s) => ({ value: `${s.expiry} ${s.root}`, label: title(s) }))
  return (
    <TwinPanel
      title={
        <>
          {t('smile')} <Help fact="skew" />
        </>
      }
      actions={<Select aria-label={t('expiry')} className="!w-36" value={`${slice.expiry} ${slice.root}`} choices={choices} onChange={(next) => setParams({ expiry: next })} />}
      plot={
        <LinePlot
          summary={t('smileSummary', { expiry: title(slice), atm: percent(slice.atm_vol), skew: number(slice.skew === null ? null : slice.skew * 100, 1) })}
          x={smile.strikes}
          lines={lines}
          height={360}
          formatX={(v) => number(v)}
          formatY={(v) => percent(v)}
        />
      }
      table={
        <Table
          label={t('smile')}
          className="max-h-[26rem]"
          rows={smile.strikes.map((strike, i): SmileRow => ({ strike, bid: smile.bid[i] ?? null, ask: smile.ask[i] ?? null, fit: smile.fit[i] ?? null }))}
          rowKey={(row) => String(row.strike)}
          columns={smileColumns}
        />
      }
    />
  )
}

const termColumns: Column<Term>[] = [
  { id: 'expiry', head: t('expiry'), cell: (row) => <span className="font-medium">{title(row)}</span>, sort: (row) => row.expiry },
  { id: 'days', head: t('days'), figures: true, help: 'dte', cell: (row) => number(row.days), sort: (row) => row.days },
  { id: 'forward', head: t('forward'), figures: true, help: 'forward', cell: (row) => number(row.forward, 2), sort: (row) => row.forward },
  { id: 'atm', head: t('atm'), figures: true, help: 'atmVol', cell: (row) => percent(row.atm, 2), sort: (row) => row.atm },
  { id: 'skew', head: t('skew'), figures: true, help: 'skew', cell: (row) => (row.skew === null ? '—' : number(row.skew * 100, 2)), sort: (row) => row.skew },
  { id: 'forwardVol', head: t('forwardVol'), figures: true, help: 'forwardVol', cell: (row) => (row.falls ? <Badge tone="warn">{t('falls')}</Badge> : percent(row.forwardVol, 2)), sort: (row) => row.forwardVol },
]

function TermPanels({ slices }: { slices: Slice[] }) {
  const term = useMemo(() => termOf(slices), [slices])
  // Two roots may settle on one day: one x each.
  const byDay = useMemo(() => [...new Map(term.map((row) => [row.days, row])).values()], [term])
  const x = useMemo(() => byDay.map((row) => row.days), [byDay])
  const lines = useMemo(
    () => [
      { label: t('atm'), values: byDay.map((row) => row.atm), colour: 'accent', width: 2 },
      { label: t('forwardVol'), values: byDay.map((row) => row.forwardVol), colour: 'warn', dash: [4, 4] },
    ],
    [byDay],
  )
  const falls = term.filter((row) => row.falls).length
  const first = byDay[0]
  const last = byDay.at(-1)
  return (
    <div className="grid items-start gap-3 xl:grid-cols-2">
      <Panel title={t('term')} flush>
        <LinePlot
          summary={t('termSummary', { near: percent(first?.atm), first: first?.days ?? 0, far: percent(last?.atm), last: last?.days ?? 0 })}
          x={x}
          lines={lines}
          height={260}
          formatX={(v) => `${number(v)} d`}
          formatY={(v) => percent(v, 0)}
        />
        {falls > 0 && <p className="border-t border-line p-2 text-xs text-warn">{t('fallsText', { n: falls })}</p>}
      </Panel>
      <Panel title={t('expiries')} flush>
        <Table label={t('expiries')} className="max-h-[20rem]" rows={term} columns={termColumns} rowKey={(row) => `${row.expiry} ${row.root}`} onRow={(row) => setParams({ expiry: `${row.expiry} ${row.root}` })} />
      </Panel>
    </div>
  )
}
