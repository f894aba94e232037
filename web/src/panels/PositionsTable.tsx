import { desk as t } from '@/i18n/en/desk'
import { Badge, Button, cx, Empty, Skeleton, Table, type Column } from '@/components/ui'
import { dollars, fromMicros, gain, greek, number, tone, type GreekId } from '@/lib/format'
import { legsLine, nameOf, sum, sumOfOne } from '@/lib/risk'
import { useStale } from '@/lib/age'
import { useNarrow } from '@/lib/media'
import { hrefTo, navigate } from '@/lib/router'
import { useTopic } from '@/lib/stream/client'
import type { Position } from '@/api/types.gen'
import type { FactId } from '@/i18n/en/facts'
import { CloseButton } from './CloseButton'

/** What is held, by trade, with what it makes and how it moves. */
export function PositionsTable() {
  const positions = useTopic('positions')
  const stale = useStale()
  const narrow = useNarrow()
  if (positions === null) return <Skeleton rows={4} />
  const rows = positions.filter((p) => p.kind === 'trade').toSorted((a, b) => (b.opened_ns ?? 0) - (a.opened_ns ?? 0))
  const money = (of: (p: Position) => number | null, id: string, head: string, help: FactId, plain?: boolean): Column<Position> => ({
    id,
    phone: id === 'today' || id === 'pnl',
    head,
    help,
    figures: true,
    sort: of,
    cell: (p) => <span className={cx(!plain && tone(of(p)), stale(p.symbol) && 'stale')}>{plain ? dollars(fromMicros(of(p))) : gain(fromMicros(of(p)))}</span>,
  })
  const greekColumn = (id: GreekId): Column<Position> => ({
    id,
    head: t(id),
    help: id,
    figures: true,
    sort: (p) => p[id],
    cell: (p) => <span className={stale(p.symbol) ? 'stale' : ''}>{greek(id, p[id])}</span>,
  })
  const columns: Column<Position>[] = [
    {
      id: 'label',
      head: t('position'),
      sort: (p) => p.label,
      phone: true,
      className: narrow ? '!whitespace-normal' : undefined,
      cell: (p) => (
        <span className="flex flex-wrap items-center gap-x-2">
          <span className={cx('font-medium', !narrow && 'max-w-96 truncate')} title={legsLine(p)}>
            {nameOf(p)}
          </span>
          {p.strategy && <Badge>{p.strategy}</Badge>}
          {p.working > 0 && <Badge tone="accent">{t('closing', { n: p.working })}</Badge>}
        </span>
      ),
    },
    { id: 'quantity', head: t('quantity'), figures: true, help: 'held', sort: (p) => p.quantity, cell: (p) => number(p.quantity) },
    money((p) => p.pnl_today_micros, 'today', t('pnlToday'), 'pnlDay'),
    money((p) => p.pnl_micros, 'pnl', t('pnl'), 'pnlOpen'),
    money((p) => p.value_micros, 'value', t('value'), 'mark', true),
    greekColumn('delta'),
    greekColumn('gamma'),
    greekColumn('theta'),
    greekColumn('vega'),
    { id: 'act', head: '', phone: true, cell: (p) => <CloseButton position={p} quiet /> },
  ]
  const cell = (value: number | null, text: (v: number | null) => string, coloured = false) => <td className={cx('border-t border-line-strong px-2 text-right font-semibold', coloured && tone(value))}>{text(value)}</td>
  const foot = (of: (p: Position) => number | null, text: (v: number | null) => string, coloured = false) => cell(sum(rows.map(of)), text, coloured)
  return (
    <Table
      label={t('positions')}
      rows={rows}
      columns={columns}
      rowKey={(p) => p.key}
      empty={
        <Empty icon="positions" title={t('noPositions')} action={<Button onClick={() => navigate(hrefTo('/builder'))}>{t('toBuilder')}</Button>}>
          {t('noPositionsText')}
        </Empty>
      }
      foot={narrow ? undefined : (
        <tr className="h-row bg-raised text-xs">
          <th scope="row" className="border-t border-line-strong px-3 text-left font-semibold">
            {t('total')}
          </th>
          <td className="border-t border-line-strong" />
          {foot((p) => p.pnl_today_micros, (v) => gain(fromMicros(v)), true)}
          {foot((p) => p.pnl_micros, (v) => gain(fromMicros(v)), true)}
          {foot((p) => p.value_micros, (v) => dollars(fromMicros(v)))}
          {cell(sumOfOne(rows, (p) => p.delta), (v) => greek('delta', v))}
          {cell(sumOfOne(rows, (p) => p.gamma), (v) => greek('gamma', v))}
          {foot((p) => p.theta, (v) => greek('theta', v))}
          {foot((p) => p.vega, (v) => greek('vega', v))}
          <td className="border-t border-line-strong" />
        </tr>
      )}
    />
  )
}
