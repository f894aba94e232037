import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { LinePlot, TwinPanel } from '@/components/plot'
import { Button, cx, Failure, Help, Panel, Skeleton, Table } from '@/components/ui'
import type { FactId } from '@/i18n/en/facts'
import { backtests as t } from '@/i18n/en/backtests'
import { dollars, gain, number, percent, signedPercent } from '@/lib/format'
import { days, together } from '@/lib/report/figures'
import type { Report, ReportStats } from '@/lib/report/types'
import { setParams } from '@/lib/router'
import { loadReport } from './queries'

const COLOURS = ['accent', 'warn', 'up', 'down']

const rows: { id: Parameters<typeof t>[0]; help: FactId; of: (s: ReportStats) => number | null; format: (v: number | null) => string; more?: 'better' | 'worse' }[] = [
  { id: 'totalReturn', help: 'totalReturn', of: (s) => s.total_return, format: (v) => signedPercent(v), more: 'better' },
  { id: 'annualReturn', help: 'annualReturn', of: (s) => s.annual_return, format: (v) => signedPercent(v), more: 'better' },
  { id: 'annualVolatility', help: 'annualVolatility', of: (s) => s.annual_volatility, format: (v) => percent(v, 2), more: 'worse' },
  { id: 'sharpe', help: 'sharpe', of: (s) => s.sharpe, format: (v) => number(v, 2), more: 'better' },
  { id: 'sortino', help: 'sortino', of: (s) => s.sortino, format: (v) => number(v, 2), more: 'better' },
  { id: 'maxDrawdown', help: 'maxDrawdown', of: (s) => (s.max_drawdown === null ? null : Math.abs(s.max_drawdown)), format: (v) => percent(v, 2), more: 'worse' },
  { id: 'winRate', help: 'winRate', of: (s) => s.win_rate, format: (v) => percent(v) },
  { id: 'profitFactor', help: 'profitFactor', of: (s) => s.profit_factor, format: (v) => number(v, 2), more: 'better' },
  { id: 'averageWin', help: 'averageWin', of: (s) => s.average_win, format: (v) => gain(v) },
  { id: 'averageLoss', help: 'averageLoss', of: (s) => (s.average_loss === null ? null : -s.average_loss), format: (v) => gain(v) },
  { id: 'tradesN', help: 'tradesN', of: (s) => s.trades, format: (v) => number(v) },
  { id: 'spreadCost', help: 'spreadCost', of: (s) => s.spread_cost, format: (v) => dollars(v) },
  { id: 'feesPaid', help: 'fees', of: (s) => s.costs, format: (v) => dollars(v) },
  { id: 'exposure', help: 'exposure', of: (s) => s.exposure, format: (v) => percent(v) },
]

/** Two to four runs: what each gained since it began, and every figure side by side, the best of a row marked. */
export function Compare({ ids }: { ids: string[] }) {
  const loaded = useQueries({ queries: ids.map((id) => ({ queryKey: ['backtest', id, 'result'], queryFn: () => loadReport(id), staleTime: Infinity })) })
  const failed = loaded.find((q) => q.isError)
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />
  if (loaded.some((q) => q.isPending)) return <Skeleton rows={16} />
  return <SideBySide key={ids.join()} reports={loaded.map((q) => q.data as Report)} />
}

function labelOf(report: Report, index: number): string {
  return `${String.fromCharCode(65 + index)} ${report.strategy.name}`
}

function best(values: (number | null)[], more: 'better' | 'worse' | undefined): number {
  if (!more) return -1
  const known = values.map((v) => (v === null ? -Infinity : more === 'better' ? v : -v))
  const top = Math.max(...known)
  return known.filter((v) => v === top).length === 1 ? known.indexOf(top) : -1
}

function SideBySide({ reports }: { reports: Report[] }) {
  const joined = useMemo(() => together(reports.map((r) => ({ days: days(r.points), start: r.run.start_cash }))), [reports])
  const lines = useMemo(() => joined.gained.map((values, i) => ({ label: labelOf(reports[i] as Report, i), values, colour: COLOURS[i] ?? 'muted' })), [joined, reports])
  return (
    <div className="mx-auto grid max-w-6xl gap-3 p-3">
      <header className="flex items-center justify-between gap-2">
        <h1 className="text-base font-semibold">{t('compareTitle')}</h1>
        <Button size="small" look="quiet" icon="close" onClick={() => setParams({ compare: null })}>
          {t('back')}
        </Button>
      </header>
      <TwinPanel
        title={t('gained')}
        plot={<LinePlot summary={t('compareSummary', { n: reports.length })} x={joined.at} lines={lines} time height={280} formatY={(v) => signedPercent(v, 0)} formatLegend={(v) => signedPercent(v, 2)} include={0} />}
        table={
          <Table
            label={t('gained')}
            className="max-h-80"
            rows={joined.at.map((at, i) => ({ at, values: joined.gained.map((g) => g[i] ?? null) }))}
            rowKey={(row) => String(row.at)}
            columns={[
              { id: 'day', head: t('day'), cell: (row) => new Date(row.at * 1000).toISOString().slice(0, 10) },
              ...lines.map((line, i) => ({ id: line.label, head: line.label, figures: true as const, help: 'totalReturn' as const, cell: (row: { values: (number | null)[] }) => signedPercent(row.values[i]) })),
            ]}
          />
        }
      />
      <Panel title={t('stats')} flush>
        <div className="relative overflow-auto" role="region" aria-label={t('stats')} tabIndex={0}>
          <table className="w-full text-right text-xs">
            <caption className="quiet">{t('compareTitle')}</caption>
            <thead>
              <tr className="border-b border-line">
                <th scope="col" className="px-3 py-2 text-left text-2xs font-medium text-muted">
                  {t('figure')}
                </th>
                {reports.map((report, i) => (
                  <th key={i} scope="col" className="max-w-52 px-3 py-2 text-2xs font-medium">
                    <span className="block truncate">{labelOf(report, i)}</span>
                    <span className="block font-normal text-faint">
                      {report.run.underlying} · {report.run.first_day} – {report.run.last_day}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const values = reports.map((report) => row.of(report.stats))
                const top = best(values, row.more)
                return (
                  <tr key={row.id} className="h-row border-b border-line last:border-0">
                    <th scope="row" className="px-3 text-left font-normal text-muted">
                      <span className="inline-flex items-center gap-1">
                        {t(row.id)} <Help fact={row.help} />
                      </span>
                    </th>
                    {values.map((value, i) => (
                      <td key={i} className={cx('px-3', top === i && 'font-semibold text-accent')}>
                        {row.format(value)}
                        {top === i && <span className="quiet"> *</span>}
                      </td>
                    ))}
                  </tr>
                )
              })}
              <tr>
                <th scope="row" className="px-3 py-2 text-left align-top font-normal text-muted">
                  {t('parameters')}
                </th>
                {reports.map((report, i) => (
                  <td key={i} className="px-3 py-2 align-top text-2xs text-muted">
                    {report.strategy.params.map((p) => (
                      <div key={p.name}>
                        {p.name} {p.value}
                      </div>
                    ))}
                  </td>
                ))}
              </tr>
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  )
}
