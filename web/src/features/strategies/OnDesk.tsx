import { useMutation } from '@tanstack/react-query'
import type { Armed, Order } from '@/api/types.gen'
import { Badge, Button, complain, Dot, Panel, settle, Skeleton, Table, toast, type Column } from '@/components/ui'
import { strategies as t } from '@/i18n/en/strategies'
import { useDesk } from '@/lib/desk'
import { clock, fromMicros, gain, tone } from '@/lib/format'
import { api } from '@/lib/http'
import { orderWords } from '@/lib/order_words'
import { useTopic } from '@/lib/stream/client'
import { useMay } from '@/state/session'
import { useSaved } from './queries'

const columns: Column<Armed>[] = [
  { id: 'state', head: t('state'), cell: (row) => <Dot tone={row.armed ? 'up' : 'plain'}>{row.armed ? t('armed') : t('disarmed')}</Dot>, sort: (row) => Number(row.armed) },
  { id: 'name', head: t('title'), cell: (row) => <Name row={row} />, sort: (row) => row.strategy },
  { id: 'symbol', head: t('symbol'), cell: (row) => <Badge>{row.symbol}</Badge>, sort: (row) => row.symbol },
  { id: 'trades', head: t('tradesHead'), cell: (row) => t('trades', { open: row.open_trades, closed: row.closed_trades }) },
  { id: 'pnl', head: t('pnl'), figures: true, help: 'strategyPnl', cell: (row) => <span className={tone(row.pnl_micros)}>{gain(fromMicros(row.pnl_micros))}</span>, sort: (row) => row.pnl_micros },
  { id: 'last', head: t('last'), className: '!whitespace-normal', cell: (row) => <Last strategy={row.strategy} symbol={row.symbol} /> },
  { id: 'act', head: '', figures: true, help: null, cell: (row) => <Act row={row} /> },
]

/** With what it trades: paper or live, and of a saved strategy its version, where the newest is what was armed. */
function Name({ row }: { row: Armed }) {
  const desk = useDesk()
  const saved = useSaved()
  const own = saved.data?.items.find((s) => s.hash === row.hash)
  return (
    <span className="inline-flex items-center gap-1.5" title={t('hashOf', { hash: row.hash })}>
      <span className="font-medium">{row.strategy}</span>
      {own && <Badge>{t('version', { n: own.version })}</Badge>}
      {desk && <Badge tone={desk.mode === 'live' ? 'down' : 'warn'}>{t(`mode_${desk.mode}`)}</Badge>}
    </span>
  )
}

/** What it last asked for, and what became of it: a gate that refuses explains why it holds nothing. */
function Last({ strategy, symbol }: { strategy: string; symbol: string }) {
  const orders = useTopic('orders')
  const order = orders?.reduce<Order | null>((newest, o) => (o.strategy === strategy && o.symbol === symbol && (newest === null || o.id > newest.id) ? o : newest), null)
  if (!order) return <span className="text-faint">{t('nothingYet')}</span>
  return (
    <span className="inline-block max-w-md min-w-40 text-xs">
      <time className="text-faint">{clock(order.changed_ns)}</time> <Badge tone={order.state === 'filled' ? 'up' : order.reason ? 'down' : 'plain'}>{order.state.replaceAll('_', ' ')}</Badge>{' '}
      <span className={order.reason ? 'text-down' : 'text-muted'}>{order.reason || orderWords(order)}</span>
    </span>
  )
}

function Act({ row }: { row: Armed }) {
  const may = useMay('trade:paper')
  const change = useMutation({
    // Said, not read from the row when it runs: a second try means what the first did.
    mutationFn: (to: 'arm' | 'disarm') => api(`POST /api/v1/desk/strategies/{id}/${to}`, { path: { id: row.id } }),
    onSuccess: (now) => toast(t(now.armed ? 'armed_' : 'disarmed_', { name: now.strategy }), now.armed ? 'up' : 'plain'),
    onMutate: () => settle(`arm ${row.id}`),
    onError: (error, to) =>
      complain({
        id: `arm ${row.id}`,
        title: t(to === 'disarm' ? 'notDisarmed' : 'notArmed', { name: row.strategy, symbol: row.symbol }),
        advice: t(to === 'disarm' ? 'notDisarmedText' : 'notArmedText'),
        error,
        retry: () => change.mutate(to),
      }),
  })
  return (
    <Button size="small" onClick={() => change.mutate(row.armed ? 'disarm' : 'arm')} disabled={change.isPending} whyNot={!may && t('needsPermission')}>
      {row.armed ? t('disarm') : t('armAgain')}
    </Button>
  )
}

/** What is on the desk now, live. */
export function OnDesk() {
  const desk = useDesk()
  const armed = useTopic('strategies')
  return (
    <Panel title={t('desk')} flush>
      {desk === null ? (
        <p className="p-3 text-muted">{t('noDesk')}</p>
      ) : armed === null ? (
        <Skeleton rows={3} />
      ) : (
        <Table
          label={t('desk')}
          rows={armed}
          columns={columns}
          rowKey={(row) => row.id}
          empty={
            <p className="p-3 text-muted">
              {t('none')}. {t('noneText')}
            </p>
          }
        />
      )}
    </Panel>
  )
}
