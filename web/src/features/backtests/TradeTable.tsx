import { useState } from 'react'
import { Badge, Button, Dialog, Panel, Stat, Stats, Table, type Column } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { day, dollars, gain, moment, NONE, number, percent, signed, tone } from '@/lib/format'
import { usePrinting } from '@/lib/media'
import { navigate } from '@/lib/router'
import { dayText, exchangeSeconds, secondsOf } from '@/lib/bars/bars'
import { momentOf, momentText } from '@/lib/bars/replay'
import type { Report, ReportLeg, ReportTrade } from '@/lib/report/types'

const PAGE = 100

function when(ns: number | null): string {
  return ns === null ? t('stillOpen') : moment(ns).slice(0, 16)
}

const columns: Column<ReportTrade>[] = [
  { id: 'id', head: '#', figures: true, help: null, cell: (row) => row.id, sort: (row) => row.id },
  { id: 'opened', head: t('opened'), cell: (row) => when(row.opened_ns), sort: (row) => row.opened_ns },
  { id: 'closed', head: t('closed'), cell: (row) => when(row.closed_ns), sort: (row) => row.closed_ns },
  { id: 'structure', head: t('structure'), cell: (row) => row.structure, sort: (row) => row.structure },
  { id: 'units', head: t('units'), figures: true, help: 'units', cell: (row) => number(row.units), sort: (row) => row.units },
  { id: 'reason', head: t('reason'), cell: (row) => <Badge tone={row.open ? 'accent' : 'plain'}>{row.reason.replaceAll('_', ' ')}</Badge>, sort: (row) => row.reason },
  { id: 'pnl', head: t('pnl'), figures: true, help: 'runPnl', cell: (row) => <span className={tone(row.pnl)}>{gain(row.pnl, 2)}</span>, sort: (row) => row.pnl },
  { id: 'best', head: t('best'), figures: true, help: 'best', cell: (row) => gain(row.best), sort: (row) => row.best },
  { id: 'worst', head: t('worst'), figures: true, help: 'worst', cell: (row) => gain(row.worst), sort: (row) => row.worst },
  { id: 'costs', head: t('cost'), figures: true, help: 'fees', cell: (row) => dollars(row.costs, 2), sort: (row) => row.costs },
  { id: 'in', head: t('levelIn'), figures: true, help: 'levelIn', cell: (row) => number(row.underlying_entry, 2), sort: (row) => row.underlying_entry },
  { id: 'out', head: t('levelOut'), figures: true, help: 'levelOut', cell: (row) => number(row.underlying_exit, 2), sort: (row) => row.underlying_exit },
]

export function TradeTable({ report }: { report: Report }) {
  const [shown, setShown] = useState(PAGE)
  const [open, setOpen] = useState<ReportTrade | null>(null)
  const { trades } = report
  const printing = usePrinting()
  if (trades.length === 0) return null
  return (
    <Panel title={`${t('tradeList')} · ${number(trades.length)}`} flush>
      <Table
        label={t('tradeList')}
        className="max-h-[28rem]"
        rows={printing ? trades : trades.slice(0, shown)}
        columns={columns}
        rowKey={(row) => String(row.id)}
        onRow={setOpen}
        selected={open ? String(open.id) : null}
      />
      {trades.length > shown && (
        <div className="no-print flex justify-center border-t border-line p-2">
          <Button size="small" onClick={() => setShown(shown + PAGE)}>
            {t('more', { n: Math.min(PAGE, trades.length - shown) })}
          </Button>
        </div>
      )}
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open ? t('tradeNumber', { n: open.id }) : ''} wide>
        {open && <Trade trade={open} symbol={report.run.underlying} />}
      </Dialog>
    </Panel>
  )
}

function legName(leg: ReportLeg): string {
  return leg.kind === 'stock' ? 'stock' : `${leg.root} ${leg.expiry ? day(leg.expiry, true) : ''} ${leg.strike}${leg.right}`
}

/** The addresses where a trade is seen again: its chain as it was, and the chart as it stood when the trade was opened. */
export function placesOf(trade: Pick<ReportTrade, 'opened_ns' | 'closed_ns' | 'legs'>, symbol: string): { opened: string; closed: string | null; chart: string; replay: string } {
  const expiry = trade.legs.find((leg) => leg.expiry)?.expiry ?? ''
  const [opened, closed] = [exchangeSeconds(trade.opened_ns), trade.closed_ns === null ? null : exchangeSeconds(trade.closed_ns)]
  const chain = (ns: number, time: number) => `/chain?${new URLSearchParams({ symbol, day: dayText(time), at: String(ns), expiry })}`
  const marks = [`${momentText(opened)}:in`, ...(closed === null ? [] : [`${momentText(closed)}:out`])].join(',')
  // A trade of one day is seen by the minute, others by the day; in both the bar of the entry is the last on the chart.
  const interval = closed !== null && dayText(opened) === dayText(closed) ? '60' : 'day'
  const entry = { time: Math.floor(opened / secondsOf(interval)) * secondsOf(interval) }
  const chart = (more: Record<string, string>) => `/charts?${new URLSearchParams({ symbol, marks, ...more })}`
  return {
    opened: chain(trade.opened_ns, opened),
    closed: trade.closed_ns === null || closed === null ? null : chain(trade.closed_ns, closed),
    chart: chart({ interval: 'day' }),
    replay: chart({ interval, replay: momentText(momentOf(entry, interval)) }),
  }
}

function Trade({ trade, symbol }: { trade: ReportTrade; symbol: string }) {
  const places = placesOf(trade, symbol)
  return (
    <div className="grid gap-4 p-4">
      <div className="flex flex-wrap gap-2">
        <Button size="small" icon="chain" onClick={() => navigate(places.opened)}>
          {t('chainIn')}
        </Button>
        {places.closed && (
          <Button size="small" icon="chain" onClick={() => navigate(places.closed ?? '')}>
            {t('chainOut')}
          </Button>
        )}
        <Button size="small" icon="charts" onClick={() => navigate(places.chart)}>
          {t('onChart')}
        </Button>
        <Button size="small" icon="replay" onClick={() => navigate(places.replay)}>
          {t('replayTrade')}
        </Button>
      </div>
      <Stats>
        <Stat label={t('pnl')} value={gain(trade.pnl, 2)} tone={tone(trade.pnl)} help="runPnl" />
        <Stat label={t('opened')} value={when(trade.opened_ns)} help={null} />
        <Stat label={t('closed')} value={when(trade.closed_ns)} detail={trade.reason} help={null} />
        <Stat label={t('best')} value={gain(trade.best)} help="best" />
        <Stat label={t('worst')} value={gain(trade.worst)} help="worst" />
        <Stat label={t('maxLoss')} value={trade.max_loss_unbounded ? t('unbounded') : dollars(trade.max_loss)} help="worstLoss" />
        <Stat label={t('spreadCost')} value={dollars(trade.spread_cost, 2)} help="spreadCost" />
        <Stat label={t('feesPaid')} value={dollars(trade.costs, 2)} help="fees" />
      </Stats>
      <Table
        label={t('leg')}
        rows={trade.legs}
        rowKey={(leg) => leg.name + legName(leg)}
        columns={[
          { id: 'name', head: t('leg'), cell: (leg) => leg.name.replaceAll('_', ' ') },
          { id: 'contract', head: '', cell: legName },
          { id: 'quantity', head: t('quantity'), figures: true, help: 'legQuantity', cell: (leg) => signed(leg.quantity) },
          { id: 'entry', head: t('entry'), figures: true, help: 'legPrice', cell: (leg) => number(leg.entry_price, 2) },
          { id: 'exit', head: t('exit'), figures: true, help: 'legPrice', cell: (leg) => number(leg.exit_price ?? leg.mark_price, 2) },
          { id: 'iv', head: t('iv'), figures: true, help: 'iv', cell: (leg) => (leg.kind === 'stock' ? NONE : percent(leg.entry_iv)) },
          { id: 'delta', head: t('delta'), figures: true, help: 'delta', cell: (leg) => (leg.kind === 'stock' ? NONE : number(leg.entry_delta, 2)) },
        ]}
      />
    </div>
  )
}
