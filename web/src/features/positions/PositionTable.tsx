import { useMemo, useState } from 'react'
import type { Position, PositionLeg } from '@/api/types.gen'
import { Badge, Dialog, Empty, Panel, Segmented, Select, Skeleton, Table, type Column } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { clock, dollars, gain, greek, NONE, percent, price, signed, tone } from '@/lib/format'
import { contractWords } from '@/lib/order_words'
import { group, legsLine, sum, type Grouping, type Row } from '@/lib/risk'
import { useNarrow } from '@/lib/media'
import { useParam } from '@/lib/router'
import { useTopic } from '@/lib/stream/client'
import { CloseButton } from '@/panels/CloseButton'
import { ExitButton } from './ExitButton'

const choices = [
  { value: 'trade', label: t('byTrade') },
  { value: 'contract', label: t('byContract') },
  { value: 'strategy', label: t('byStrategy') },
  { value: 'symbol', label: t('bySymbol') },
  { value: 'expiry', label: t('byExpiry') },
  { value: 'account', label: t('byAccount') },
] as const

const money = (value: number | null) => <span className={tone(value)}>{gain(value)}</span>

const figures: Column<Row>[] = [
  { id: 'quantity', head: t('quantity'), figures: true, help: 'held', cell: (row) => (row.quantity === null ? t('contractsN', { n: row.of.length }) : signed(row.quantity)) },
  { id: 'value', head: t('value'), figures: true, help: 'mark', cell: (row) => dollars(row.value), sort: (row) => row.value },
  { id: 'today', head: t('pnlToday'), phone: true, figures: true, help: 'pnlDay', cell: (row) => money(row.today), sort: (row) => row.today },
  { id: 'pnl', head: t('pnl'), phone: true, figures: true, help: 'pnlOpen', cell: (row) => money(row.pnl), sort: (row) => row.pnl },
  { id: 'delta', head: t('delta'), figures: true, help: 'delta', cell: (row) => greek('delta', row.delta), sort: (row) => row.delta },
  { id: 'gamma', head: t('gamma'), figures: true, help: 'gamma', cell: (row) => greek('gamma', row.gamma), sort: (row) => row.gamma },
  { id: 'theta', head: t('theta'), figures: true, help: 'theta', cell: (row) => greek('theta', row.theta), sort: (row) => row.theta },
  { id: 'vega', head: t('vega'), figures: true, help: 'vega', cell: (row) => greek('vega', row.vega), sort: (row) => row.vega },
]

const first: Column<Row> = {
  id: 'label',
  head: t('position'),
  phone: true,
  className: 'max-md:!whitespace-normal',
  cell: (row) => (
    <span className="inline-flex items-center gap-x-2 max-md:flex-wrap">
      <span className="font-medium" title={row.of[0] && row.of.length === 1 ? legsLine(row.of[0]) : undefined}>
        {row.label}
      </span>
      {row.of[0] && row.of.length === 1 && row.of[0].working > 0 && <Badge tone="accent">{t('working', { n: row.of[0].working })}</Badge>}
    </span>
  ),
  sort: (row) => row.label,
}

const ofTrades: Column<Row>[] = [
  { id: 'maxLoss', head: t('maxLoss'), figures: true, help: 'worstLoss', cell: (row) => dollars(row.maxLoss), sort: (row) => row.maxLoss },
  { id: 'strategy', head: t('strategy'), cell: (row) => <span className={row.strategy ? '' : 'text-faint'}>{row.strategy ?? t('byHand')}</span>, sort: (row) => row.strategy ?? '' },
  { id: 'state', head: t('state'), cell: (row) => (row.state === 'open' ? '' : <Badge>{row.state}</Badge>) },
  { id: 'close', head: '', phone: true, figures: true, help: null, cell: (row) => row.of[0] && (
    <span className="inline-flex gap-1 max-md:flex-col">
      <ExitButton position={row.of[0]} />
      <CloseButton position={row.of[0]} />
    </span>
  ) },
]

export function PositionTable() {
  const all = useTopic('positions')
  const [at, setAt] = useParam('by')
  const by: Grouping = choices.find((c) => c.value === at)?.value ?? 'trade'
  const accounts = useTopic('account')
  const rows = useMemo(() => group(all ?? [], by, t('byHand'), new Map((accounts ?? []).map((a) => [a.id, a.name || a.id]))), [all, by, accounts])
  const [open, setOpen] = useState<string | null>(null)
  const narrow = useNarrow()
  const columns = useMemo(() => [first, ...figures, ...(by === 'trade' ? ofTrades : [])], [by])
  const shown = rows.find((row) => row.key === open)
  return (
    <Panel
      title={`${t('positions')} · ${rows.length}`}
      flush
      actions={narrow ? <Select<Grouping> aria-label={t('by')} value={by} choices={choices} onChange={setAt} className="!w-auto text-xs" /> : <Segmented<Grouping> label={t('by')} value={by} choices={choices} onChange={setAt} />}
    >
      {all === null ? (
        <Skeleton rows={4} />
      ) : (
        <Table
          label={t('positions')}
          className="max-h-[26rem]"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.key}
          onRow={(row) => setOpen(row.key)}
          selected={open}
          empty={
            <Empty icon="positions" title={t('none')}>
              {t('noneText')}
            </Empty>
          }
          foot={rows.length > 1 && !narrow ? <Foot rows={rows} more={by === 'trade' ? ofTrades.length : 0} /> : undefined}
        />
      )}
      <Dialog open={shown !== undefined} onClose={() => setOpen(null)} title={shown?.label ?? ''} wide>
        {shown && <Legs of={shown.of} />}
      </Dialog>
    </Panel>
  )
}

function Foot({ rows, more }: { rows: Row[]; more: number }) {
  const add = (pick: (row: Row) => number | null) => sum(rows.map(pick))
  const today = add((row) => row.today)
  const pnl = add((row) => row.pnl)
  return (
    <tr className="h-row font-semibold">
      <td className="px-2 pl-3">{t('totalHeld')}</td>
      <td />
      <td className="px-2 text-right">{dollars(add((row) => row.value))}</td>
      <td className={`px-2 text-right ${tone(today)}`}>{gain(today)}</td>
      <td className={`px-2 text-right ${tone(pnl)}`}>{gain(pnl)}</td>
      <td className="px-2 text-right text-faint">{NONE}</td>
      <td className="px-2 text-right text-faint">{NONE}</td>
      <td className="px-2 text-right">{greek('theta', add((row) => row.theta))}</td>
      <td className="px-2 text-right">{greek('vega', add((row) => row.vega))}</td>
      {more > 0 && <td colSpan={more} />}
    </tr>
  )
}

interface LegRow extends PositionLeg {
  key: string
  symbol: string
}

const legColumns: Column<LegRow>[] = [
  { id: 'leg', head: t('leg'), cell: (leg) => <span className="font-medium">{contractWords(leg.contract, leg.symbol)}</span> },
  { id: 'quantity', head: t('quantity'), figures: true, help: 'held', cell: (leg) => signed(leg.quantity) },
  { id: 'entry', head: t('entry'), figures: true, help: 'entry', cell: (leg) => price(leg.entry_micros) },
  { id: 'mark', head: t('mark'), figures: true, help: 'mark', cell: (leg) => <span title={clock(leg.marked_ns)}>{price(leg.mark_micros)}</span> },
  { id: 'value', head: t('value'), figures: true, help: 'mark', cell: (leg) => dollars(leg.value_micros === null ? null : leg.value_micros / 1e6) },
  { id: 'iv', head: t('iv'), figures: true, help: 'iv', cell: (leg) => percent(leg.vol) },
  { id: 'delta', head: t('delta'), figures: true, help: 'delta', cell: (leg) => greek('delta', leg.delta) },
  { id: 'gamma', head: t('gamma'), figures: true, help: 'gamma', cell: (leg) => greek('gamma', leg.gamma) },
  { id: 'theta', head: t('theta'), figures: true, help: 'theta', cell: (leg) => greek('theta', leg.theta) },
  { id: 'vega', head: t('vega'), figures: true, help: 'vega', cell: (leg) => greek('vega', leg.vega) },
]

function Legs({ of }: { of: Position[] }) {
  const rows = of.flatMap((p) => p.legs.map((leg) => ({ ...leg, symbol: p.symbol, key: `${p.key} ${leg.contract}` })))
  return <Table label={t('legs')} rows={rows} rowKey={(row) => row.key} columns={legColumns} />
}
