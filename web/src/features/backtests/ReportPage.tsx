import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Button, Dialog, Failure, Menu, Skeleton, toast } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { common } from '@/i18n/en/common'
import { api } from '@/lib/http'
import { saveFile } from '@/lib/files'
import { pointsCsv, tradesCsv } from '@/lib/report/csv'
import { dailyReturns, days, drawdown, months, trust } from '@/lib/report/figures'
import type { Report } from '@/lib/report/types'
import { setParams } from '@/lib/router'
import { useSession } from '@/state/session'
import { Costs, Exits, Log, Setup, Figures, TrustBox, WhyNoTrades } from './parts'
import { EquityPlots, MonthTable } from './plots'
import { useReport, useRuns } from './queries'
import { TradeTable } from './TradeTable'

/** One run: setup, equity and drawdown, months, figures, trust, where it came from, trades, log. Always in this order. */
export function ReportPage({ id }: { id: string }) {
  const report = useReport(id)
  if (report.isPending) return <Skeleton rows={20} />
  if (report.isError) return <Failure error={report.error} retry={() => void report.refetch()} />
  return <ReportView id={id} report={report.data} />
}

function useFigures(report: Report) {
  return useMemo(() => {
    const start = report.run.start_cash
    const all = days(report.points)
    const returns = dailyReturns(all, start)
    return { all, falls: drawdown(all.map((d) => d.equity), start), years: months(all, start), trust: trust(returns), start }
  }, [report])
}

function ReportView({ id, report }: { id: string; report: Report }) {
  const figures = useFigures(report)
  const runs = useRuns()
  const tries = runs.data?.items.filter((run) => run.strategy === report.strategy.name).length ?? 0
  const own = runs.data?.items.find((run) => run.id === id)
  return (
    <article className="mx-auto grid max-w-6xl gap-3 p-3" aria-label={report.strategy.name}>
      <Head id={id} report={report} owner={own?.owner_id ?? null} />
      <Setup report={report} />
      {report.stats.trades === 0 && <WhyNoTrades report={report} />}
      <EquityPlots all={figures.all} falls={figures.falls} report={report} />
      <MonthTable years={figures.years} />
      <Figures report={report} />
      <TrustBox report={report} trust={figures.trust} tries={tries} />
      <div className="grid gap-3 lg:grid-cols-2">
        <Costs report={report} />
        <Exits report={report} />
      </div>
      <TradeTable report={report} />
      <Log report={report} />
    </article>
  )
}

function Head({ id, report, owner }: { id: string; report: Report; owner: string | null }) {
  const [forgetting, setForgetting] = useState(false)
  const client = useQueryClient()
  const me = useSession((s) => s.me?.user_id)
  const name = `${report.strategy.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${report.run.first_day ?? ''}-${report.run.last_day ?? ''}`
  const catalogue = /\/([\w-]+)\.(?:yaml|json)$/.exec(report.strategy.path)?.[1]
  const values = new URLSearchParams(report.strategy.params.map((p) => [p.name, String(p.value)])).toString()
  const forget = async () => {
    setForgetting(false)
    try {
      await api('DELETE /api/v1/backtests/{id}', { path: { id } })
      await client.invalidateQueries({ queryKey: ['backtests'] })
      setParams({ run: null }, { replace: true })
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'down')
    }
  }
  return (
    <header className="flex flex-wrap items-center gap-2">
      <Button size="small" look="quiet" icon="left" className="no-print md:!hidden" onClick={() => setParams({ run: null })}>
        {t('back')}
      </Button>
      <h1 className="min-w-0 basis-full text-base font-semibold md:flex-1 md:truncate">{report.strategy.name}</h1>
      <div className="no-print flex items-center gap-1">
        {catalogue && (
          <Button size="small" icon="refresh" onClick={() => setParams({ new: `c:${catalogue}?${values}`, run: null })}>
            {t('again')}
          </Button>
        )}
        <Menu
          label={t('exports')}
          className="border border-line bg-raised !text-text"
          trigger={<span className="px-1 text-xs">{t('exports')}</span>}
          items={[
            { label: t('tradesCsv'), icon: 'table', onSelect: () => saveFile(`${name}-trades.csv`, 'text/csv', tradesCsv(report)) },
            { label: t('equityCsv'), icon: 'plot', onSelect: () => saveFile(`${name}-equity.csv`, 'text/csv', pointsCsv(report)) },
            { label: t('json'), icon: 'copy', onSelect: () => saveFile(`${name}.json`, 'application/json', JSON.stringify(report)) },
            { label: t('print'), icon: 'external', onSelect: () => window.print() },
          ]}
        />
        {owner !== null && owner === me && (
          <Button size="small" look="quiet" icon="trash" aria-label={t('forget')} onClick={() => setForgetting(true)} />
        )}
      </div>
      <Dialog
        open={forgetting}
        onClose={() => setForgetting(false)}
        title={t('forget')}
        footer={
          <>
            <Button onClick={() => setForgetting(false)}>{common('cancel')}</Button>
            <Button look="danger" onClick={() => void forget()}>
              {t('forget')}
            </Button>
          </>
        }
      >
        <p className="p-4">{t('forgetText')}</p>
      </Dialog>
    </header>
  )
}
