import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { orders as t } from '@/i18n/en/orders'
import { common } from '@/i18n/en/common'
import { Button, Empty, Failure, Skeleton, Table, Tabs, type Column } from '@/components/ui'
import { api } from '@/lib/http'
import { dollars, fromMicros, moment, number, signed } from '@/lib/format'
import { contractWords, orderWords } from '@/lib/order_words'
import { useParam } from '@/lib/router'
import { useTopic } from '@/lib/stream/client'
import { cancelOrder, OrdersTable } from '@/panels/OrdersTable'
import type { Fill, Order } from '@/api/types.gen'

type TabId = 'working' | 'all' | 'fills'

export default function OrdersScreen() {
  const [tab, setTab] = useParam('tab')
  const shown: TabId = tab === 'all' || tab === 'fills' ? tab : 'working'
  const live = useTopic('orders')
  const past = useInfiniteQuery({
    queryKey: ['orders'],
    queryFn: ({ pageParam }) => api('GET /api/v1/orders', { query: { limit: 200, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: shown === 'all',
  })
  // What the socket says is newer than what was asked for.
  const orders = useMemo(() => {
    const byId = new Map<number, Order>()
    for (const page of past.data?.pages ?? []) for (const order of page.items) byId.set(order.id, order)
    for (const order of live ?? []) byId.set(order.id, order)
    return [...byId.values()]
  }, [live, past.data])
  const working = orders.filter((o) => o.open)

  return (
    <div className="flex h-full flex-col">
      <h1 className="quiet">{t('title')}</h1>
      <Tabs<TabId>
        label={t('title')}
        value={shown}
        onChange={(id) => setTab(id === 'working' ? null : id)}
        className="h-full bg-panel"
        tabs={[
          { id: 'working', label: `${t('working')} ${working.length}` },
          { id: 'all', label: t('all') },
          { id: 'fills', label: t('fills') },
        ]}
        actions={
          working.length > 1 && (
            <Button size="small" look="danger" onClick={() => working.forEach((order) => void cancelOrder(order))}>
              {t('cancelAll', { n: working.length })}
            </Button>
          )
        }
      >
        {shown === 'fills' ? (
          <Fills />
        ) : live === null && (shown === 'working' || past.isPending) ? (
          <Skeleton rows={12} />
        ) : (
          <>
            {past.error && <Failure error={past.error} retry={() => void past.refetch()} />}
            <OrdersTable orders={orders} only={shown} />
            {shown === 'all' && past.hasNextPage && (
              <div className="grid place-items-center p-3">
                <Button onClick={() => void past.fetchNextPage()}>{common('more')}</Button>
              </div>
            )}
          </>
        )}
      </Tabs>
    </div>
  )
}

const fillColumns = (orders: ReadonlyMap<number, Order>): Column<Fill>[] => [
  { id: 'time', head: t('time'), cell: (f) => moment(f.ts_ns), sort: (f) => f.ts_ns },
  { id: 'contract', head: t('contract'), phone: true, className: 'max-md:!whitespace-normal', cell: (f) => <FilledContract fill={f} order={orders.get(f.order_id)} />, sort: (f) => f.contract },
  { id: 'quantity', head: t('quantity'), phone: true, figures: true, help: 'fillQuantity', cell: (f) => <span className={f.quantity > 0 ? 'text-up' : 'text-down'}>{signed(f.quantity)}</span>, sort: (f) => f.quantity },
  { id: 'price', head: t('price'), phone: true, figures: true, help: 'fillPrice', cell: (f) => number(f.price_micros / 1e6, 2), sort: (f) => f.price_micros },
  { id: 'costs', head: t('costs'), figures: true, help: 'fees', cell: (f) => dollars(fromMicros(f.costs_micros), 2), sort: (f) => f.costs_micros },
  { id: 'order', head: t('order'), figures: true, help: null, cell: (f) => f.order_id, sort: (f) => f.order_id },
]

/** What was filled, and, where there is no room for a column, when. */
function FilledContract({ fill, order }: { fill: Fill; order: Order | undefined }) {
  return (
    <>
      <span title={fill.contract}>{fill.contract === 'package' && order ? orderWords(order) : contractWords(fill.contract, order?.symbol ?? '')}</span>
      <time className="block text-2xs text-faint md:hidden">{moment(fill.ts_ns)}</time>
    </>
  )
}

function Fills() {
  const orders = useTopic('orders')
  const byId = useMemo(() => new Map((orders ?? []).map((order) => [order.id, order])), [orders])
  // Each change of an order may be a fill.
  const filled = (orders ?? []).reduce((sum, o) => sum + o.filled, 0)
  const fills = useInfiniteQuery({
    queryKey: ['fills', filled],
    queryFn: ({ pageParam }) => api('GET /api/v1/fills', { query: { limit: 200, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  })
  if (fills.isPending) return <Skeleton rows={12} />
  if (fills.error) return <Failure error={fills.error} retry={() => void fills.refetch()} />
  const rows = fills.data.pages.flatMap((page) => page.items)
  return <Table label={t('fills')} rows={rows} columns={fillColumns(byId)} rowKey={(f) => String(f.id)} empty={<Empty icon="orders" title={t('noFills')} />} />
}
