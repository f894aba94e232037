import type { Risk, RiskRow } from '@/api/types.gen'
import { Panel, Table, type Column } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { restOf, sum } from '@/lib/risk'
import { useOne, useTopic } from '@/lib/stream/client'
import { clock, dollars, fromMicros, gain, greek, number, signed, tone } from '@/lib/format'

/** The rest has no figures but what it made. */
type Row = RiskRow & { today: number | null; isRest?: boolean }

const columns: Column<Row>[] = [
  { id: 'symbol', head: t('underlying'), cell: (row) => <span className="font-medium">{row.isRest ? t('rest') : row.symbol || t('total')}</span> },
  { id: 'spot', head: t('spot'), figures: true, help: 'spot', cell: (row) => (row.symbol ? number(row.spot, 2) : '') },
  { id: 'beta', head: t('beta'), figures: true, help: 'beta', cell: (row) => (row.symbol ? number(row.beta, 2) : '') },
  { id: 'today', head: t('pnlToday'), figures: true, help: 'pnlDay', cell: (row) => <span className={tone(row.today)}>{gain(fromMicros(row.today))}</span> },
  { id: 'delta', head: t('delta'), figures: true, help: 'delta', cell: (row) => (row.symbol ? greek('delta', row.delta) : '') },
  { id: 'weighted', head: t('weighted'), figures: true, help: 'weightedDelta', cell: (row) => (row.isRest ? '' : signed(row.weighted_delta, 1)) },
  { id: 'dollarDelta', head: t('dollarDelta'), figures: true, help: 'dollarDelta', cell: (row) => (row.isRest ? '' : dollars(row.dollar_delta)) },
  { id: 'gamma', head: t('gamma'), figures: true, help: 'gamma', cell: (row) => (row.symbol ? greek('gamma', row.gamma) : '') },
  { id: 'dollarGamma', head: t('dollarGamma'), figures: true, help: 'dollarGamma', cell: (row) => (row.isRest ? '' : dollars(row.dollar_gamma)) },
  { id: 'theta', head: t('theta'), figures: true, help: 'theta', cell: (row) => (row.isRest ? '' : greek('theta', row.theta)) },
  { id: 'vega', head: t('vega'), figures: true, help: 'vega', cell: (row) => (row.isRest ? '' : greek('vega', row.vega)) },
]

/** What was made today: of an underlying by its trades, of all together by the account; what is left is a row of its own, so that they add up. */
function useToday(rows: readonly RiskRow[]): Row[] {
  const positions = useTopic('positions')
  const account = useOne('account')
  const total = account?.pnl_today_micros ?? null
  const all = rows.map((row): Row => ({
    ...row,
    today: !row.symbol ? total : sum((positions ?? []).filter((p) => p.kind === 'trade' && p.symbol === row.symbol).map((p) => p.pnl_today_micros)),
  }))
  const at = all.findIndex((row) => !row.symbol)
  const sumRow = all[at]
  const rest = positions && restOf(total, all.filter((row) => row.symbol).map((row) => row.today))
  return rest === null || !sumRow ? all : all.toSpliced(at, 0, { ...sumRow, today: rest, isRest: true })
}

export function GreekTable({ risk }: { risk: Risk }) {
  const rows = useToday(risk.rows)
  return (
    <Panel title={t('greeks')} flush actions={<span className="pr-2 text-2xs text-faint">{clock(risk.market_ns)}</span>}>
      <Table label={t('greeks')} rows={rows} columns={columns} rowKey={(row) => (row.isRest ? 'rest' : row.symbol || 'all')} />
    </Panel>
  )
}
