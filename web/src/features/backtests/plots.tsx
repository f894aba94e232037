import { HeatTable, LinePlot, TwinPanel } from '@/components/plot'
import { Help, Panel, Table } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { day, dollars, percent, signedPercent } from '@/lib/format'
import type { Day, Year } from '@/lib/report/figures'
import type { Report } from '@/lib/report/types'
import { useMemo } from 'react'

interface Props {
  all: readonly Day[]
  falls: readonly number[]
  report: Report
}

/** Equity and below it the drawdown, with one crosshair. */
export function EquityPlots({ all, falls, report }: Props) {
  const x = useMemo(() => all.map((d) => d.at), [all])
  const equity = useMemo(() => [{ label: t('equity'), values: all.map((d) => d.equity), colour: 'accent', width: 1.75 }], [all])
  const under = useMemo(() => [{ label: t('drawdown'), values: falls, colour: 'down', fill: true }], [falls])
  const { stats, run } = report
  const fall = percent(stats.max_drawdown === null ? null : Math.abs(stats.max_drawdown), 1)
  const summary = t('equitySummary', { from: run.first_day ?? '', to: run.last_day ?? '', start: dollars(run.start_cash), end: dollars(stats.end_equity), fall })
  return (
    <TwinPanel
      title={`${t('equity')} · ${t('drawdown')}`}
      plot={
        <>
          <LinePlot summary={summary} x={x} lines={equity} time height={240} formatY={(v) => dollars(v)} sync="report" />
          <LinePlot summary={t('drawdownSummary', { fall })} x={x} lines={under} time height={120} formatY={(v) => percent(v, 0)} formatLegend={(v) => percent(v, 2)} sync="report" include={0} />
        </>
      }
      table={<DayTable all={all} falls={falls} />}
    />
  )
}

function DayTable({ all, falls }: { all: readonly Day[]; falls: readonly number[] }) {
  const rows = useMemo(() => all.map((d, i) => ({ ...d, fall: falls[i] ?? 0 })), [all, falls])
  return (
    <Table
      label={t('equity')}
      className="max-h-96"
      rows={rows}
      rowKey={(row) => row.day}
      columns={[
        { id: 'day', head: t('day'), cell: (row) => row.day, sort: (row) => row.day },
        { id: 'equity', head: t('equity'), figures: true, help: 'runEquity', cell: (row) => dollars(row.equity, 2), sort: (row) => row.equity },
        { id: 'fall', head: t('drawdown'), figures: true, help: 'maxDrawdown', cell: (row) => percent(row.fall, 2), sort: (row) => row.fall },
      ]}
    />
  )
}

const MONTHS = Array.from({ length: 12 }, (_, i) => day(`2024-${String(i + 1).padStart(2, '0')}-15`).split(' ')[1] ?? '')

export function MonthTable({ years }: { years: readonly Year[] }) {
  const largest = Math.max(0.01, ...years.flatMap((y) => y.months.map((m) => Math.abs(m ?? 0))))
  return (
    <Panel
      title={
        <>
          {t('months')} <Help fact="monthReturn" />
        </>
      }
      flush
    >
      <HeatTable
        label={t('months')}
        corner={t('year')}
        columns={MONTHS}
        totalHead={t('total')}
        rows={years.map((y) => ({ head: y.year, values: y.months, total: y.total }))}
        format={(value) => signedPercent(value, 1)}
        full={largest}
        className="p-2"
      />
    </Panel>
  )
}
