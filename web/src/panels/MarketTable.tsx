import { desk as t } from '@/i18n/en/desk'
import { cx, Empty, Skeleton, Table, type Column } from '@/components/ui'
import { arrow, number, percent, signedPercent, tone } from '@/lib/format'
import { useDesk } from '@/lib/desk'
import { useStale } from '@/lib/age'
import { marketOrder } from '@/lib/market_order'
import { useTopic } from '@/lib/stream/client'
import { showSymbol, useSymbol } from '@/state/context'
import type { Quote } from '@/api/types.gen'

const change = (q: Quote) => (q.last_micros !== null && q.previous_close_micros ? q.last_micros / q.previous_close_micros - 1 : null)

/** The underlyings of the desk; a row shows its symbol everywhere. */
export function MarketTable() {
  const quotes = useTopic('quotes')
  const desk = useDesk()
  const [symbol] = useSymbol()
  const stale = useStale()
  if (quotes === null && desk) return <Skeleton rows={5} />
  const old = (q: Quote) => (stale(q.symbol) ? 'stale' : '')
  const columns: Column<Quote>[] = [
    { id: 'symbol', head: t('symbol'), phone: true, cell: (q) => <span className="font-semibold">{q.symbol}</span>, sort: (q) => q.symbol },
    { id: 'last', head: t('last'), phone: true, figures: true, help: 'spot', cell: (q) => <span className={cx('font-medium', old(q))}>{number(q.last_micros === null ? null : q.last_micros / 1e6, 2)}</span>, sort: (q) => q.last_micros },
    {
      id: 'change',
      head: t('change'),
      phone: true,
      figures: true,
      help: 'change',
      cell: (q) => (
        <span className={cx(tone(change(q)), old(q))}>
          {arrow(change(q))} {signedPercent(change(q))}
        </span>
      ),
      sort: change,
    },
    { id: 'vol', head: t('vol30'), figures: true, help: 'vol30', cell: (q) => <span className={old(q)}>{percent(q.vol30)}</span>, sort: (q) => q.vol30 },
    { id: 'move', head: t('move'), phone: true, figures: true, help: 'moveNearest', cell: (q) => <span className={old(q)}>±{number(q.expected_move, 2)}</span>, sort: (q) => q.expected_move },
  ]
  return (
    <Table
      label={t('market')}
      rows={(quotes ?? []).toSorted(marketOrder)}
      columns={columns}
      rowKey={(q) => q.symbol}
      selected={symbol}
      onRow={(q) => showSymbol(q.symbol)}
      empty={<Empty icon="charts" title={t('noMarket')} />}
    />
  )
}
