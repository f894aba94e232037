import { Waterfall } from '@/components/plot'
import { Badge, cx, Help, Panel, Stat, Stats, Table, type Column } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { dollars, gain, number, percent, signedPercent, tone } from '@/lib/format'
import { costSteps, type Trust } from '@/lib/report/figures'
import type { Report } from '@/lib/report/types'
import { wholeWords } from '@/lib/report/words'
import { useMemo, type ReactNode } from 'react'

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5 sm:grid-cols-[9rem_1fr]">
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  )
}

export function Setup({ report }: { report: Report }) {
  const { run, strategy } = report
  return (
    <Panel title={t('setup')}>
      <p className="mb-3 max-w-prose text-muted">{strategy.description.trim()}</p>
      <dl className="grid gap-x-6 gap-y-1.5 text-xs lg:grid-cols-2">
        <Line name={t('underlying')}>{run.underlying}</Line>
        <Line name={t('period')}>
          {run.first_day} – {run.last_day}
        </Line>
        <Line name={t('cash')}>{dollars(run.start_cash)}</Line>
        <Line name={t('fill')}>
          {run.fill_model}: <span className="text-muted">{run.fill_text}</span>
        </Line>
        <Line name={t('fees')}>
          {run.fee_schedule}: <span className="text-muted">{run.fee_text}</span>
        </Line>
        <Line name={t('parameters')}>
          {strategy.params.length === 0 ? '—' : strategy.params.map((p) => <Badge key={p.name} className="mr-1 mb-1">{`${p.name} ${p.value}`}</Badge>)}
        </Line>
        <Line name={t('hash')}>
          <code className="text-2xs text-muted">{strategy.hash}</code>
        </Line>
        <Line name={t('effects')}>
          <code className="text-2xs text-muted">{run.effects_hash}</code>
        </Line>
      </dl>
    </Panel>
  )
}

/** The figures in one place; the first are the ones that people ask for first. */
export function Figures({ report }: { report: Report }) {
  const s = report.stats
  return (
    <Panel title={t('stats')}>
      <Stats>
        <Stat label={t('pnl')} value={gain(s.pnl)} tone={tone(s.pnl)} help="runPnl" />
        <Stat label={t('totalReturn')} value={signedPercent(s.total_return, 2)} tone={tone(s.total_return)} help="totalReturn" />
        <Stat label={t('annualReturn')} value={signedPercent(s.annual_return, 2)} tone={tone(s.annual_return)} help="annualReturn" />
        <Stat label={t('annualVolatility')} value={percent(s.annual_volatility, 2)} help="annualVolatility" />
        <Stat label={t('sharpe')} value={number(s.sharpe, 2)} help="sharpe" />
        <Stat label={t('sortino')} value={number(s.sortino, 2)} help="sortino" />
        <Stat label={t('maxDrawdown')} value={percent(s.max_drawdown === null ? null : -Math.abs(s.max_drawdown), 2)} detail={dollars(s.max_drawdown_dollars)} help="maxDrawdown" />
        <Stat label={t('winRate')} value={percent(s.win_rate)} detail={`${s.wins} / ${s.wins + s.losses}`} help="winRate" />
        <Stat label={t('profitFactor')} value={number(s.profit_factor, 2)} help="profitFactor" />
        <Stat label={t('averageWin')} value={gain(s.average_win)} tone="text-up" help="averageWin" />
        <Stat label={t('averageLoss')} value={gain(s.average_loss === null ? null : -s.average_loss)} tone="text-down" help="averageLoss" />
        <Stat label={t('exposure')} value={percent(s.exposure)} help="exposure" />
        <Stat label={t('tradesN')} value={number(s.trades)} detail={`${s.open_trades} ${t('openN')}`} help="tradesN" />
        <Stat label={t('spreadCost')} value={dollars(s.spread_cost)} help="spreadCost" />
        <Stat label={t('feesPaid')} value={dollars(s.costs, 2)} help="fees" />
        <Stat label={t('endEquity')} value={dollars(s.end_equity)} help="runEquity" />
      </Stats>
    </Panel>
  )
}

export function TrustBox({ report, trust, tries }: { report: Report; trust: Trust | null; tries: number }) {
  const warnings = report.notes.filter((note) => note.warning)
  return (
    <Panel title={t('trust')} className={warnings.length ? '!border-warn/50' : undefined}>
      <div className="grid gap-3 lg:grid-cols-[1fr_1fr]">
        {trust ? (
          <Stats className="grid-cols-2">
            <Stat
              label={t('sharpeRange')}
              value={`${number(trust.low, 2)} … ${number(trust.high, 2)}`}
              detail={t('daysHave', { n: trust.days })}
              tone={trust.low > 0 ? 'text-up' : trust.high < 0 ? 'text-down' : ''}
              help="sharpeRange"
            />
            <Stat label={t('above0')} value={percent(trust.above0)} help="psr" />
            <Stat label={t('needed')} value={trust.needed === null ? t('neededNever') : number(trust.needed)} detail={t('daysHave', { n: trust.days })} help="minTrackRecord" />
            <Stat label={t('tries')} value={number(tries)} help="tries" />
          </Stats>
        ) : (
          <p className="text-muted">{t('tooFew')}</p>
        )}
        <div className="grid content-start gap-2 text-xs">
          <p className="text-muted">{t('triesText')}</p>
          <div>
            <p className="font-medium">{t('assumed')}</p>
            <p className="text-muted">
              {report.run.fill_text}; {report.run.fee_text}
            </p>
          </div>
          <div>
            <p className={cx('font-medium', warnings.length > 0 && 'text-warn')}>{t('warnings')}</p>
            {warnings.length === 0 ? (
              <p className="text-muted">{t('noWarnings')}</p>
            ) : (
              <ul className="list-disc pl-4">
                {warnings.map((note) => (
                  <li key={note.text}>
                    {note.text}
                    {note.count > 1 && ` (${note.count}×)`}
                  </li>
                ))}
              </ul>
            )}
          </div>
        </div>
      </div>
    </Panel>
  )
}

export function Costs({ report }: { report: Report }) {
  const steps = useMemo(() => costSteps(report), [report])
  const gross = steps[0]?.value ?? 0
  return (
    <Panel
      title={
        <>
          {t('costs')} <Help fact="spreadCost" />
        </>
      }
    >
      <Waterfall
        summary={t('costSummary', { gross: gain(gross), cost: dollars(gross - report.stats.pnl), net: gain(report.stats.pnl) })}
        steps={steps.map((s) => ({ label: t(s.id), value: s.value, total: s.id === 'gross' || s.id === 'net' }))}
        format={(value) => gain(value)}
      />
    </Panel>
  )
}

const exitColumns: Column<Report['exits'][number]>[] = [
  { id: 'reason', head: t('reason'), cell: (row) => row.reason.replaceAll('_', ' '), sort: (row) => row.reason },
  { id: 'trades', head: t('count'), figures: true, help: 'tradesN', cell: (row) => number(row.trades), sort: (row) => row.trades },
  { id: 'wins', head: t('won'), figures: true, help: 'wins', cell: (row) => number(row.wins), sort: (row) => row.wins },
  { id: 'pnl', head: t('pnl'), figures: true, help: 'runPnl', cell: (row) => <span className={tone(row.pnl)}>{gain(row.pnl)}</span>, sort: (row) => row.pnl },
  { id: 'costs', head: t('cost'), figures: true, help: 'fees', cell: (row) => dollars(row.costs, 2), sort: (row) => row.costs },
]

export function Exits({ report }: { report: Report }) {
  return (
    <Panel title={t('exits')} flush>
      <Table label={t('exits')} rows={report.exits} rowKey={(row) => row.reason} columns={exitColumns} />
    </Panel>
  )
}

export function WhyNoTrades({ report }: { report: Report }) {
  const reasons = new Map<string, number>()
  for (const order of report.orders) if (order.reason) reasons.set(order.reason, (reasons.get(order.reason) ?? 0) + 1)
  return (
    <Panel title={t('whyNone')} className="!border-accent/50">
      {reasons.size === 0 ? (
        <p>{t('whyNothing')}</p>
      ) : (
        <>
          <p>{t('whyNoneText')}</p>
          <ul className="mt-2 list-disc pl-5">
            {[...reasons].map(([reason, count]) => (
              <li key={reason}>
                {wholeWords(reason)} ({count}×)
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

export function Log({ report }: { report: Report }) {
  const unfilled = report.orders.filter((order) => order.status !== 'filled')
  return (
    <Panel title={t('log')}>
      <div className="grid gap-4 text-xs lg:grid-cols-2">
        <section>
          <h3 className="mb-1 font-medium">{t('notes')}</h3>
          <ul className="grid gap-1">
            {report.notes.map((note) => (
              <li key={note.text} className={note.warning ? 'text-warn' : 'text-muted'}>
                {note.text}
                {note.count > 1 && ` (${note.count}×)`}
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3 className="mb-1 font-medium">{t('orders')}</h3>
          {unfilled.length === 0 && <p className="text-muted">{t('noOrders')}</p>}
          <ul className="grid max-h-64 gap-1 overflow-auto">
            {unfilled.slice(0, 200).map((order) => (
              <li key={order.id} className="text-muted">
                {new Date(order.time_ns / 1e6).toISOString().slice(0, 16).replace('T', ' ')} {order.text}: {wholeWords(order.reason) || order.status}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Panel>
  )
}
