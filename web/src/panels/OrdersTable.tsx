import { useRef, useState } from 'react'
import { orders as t } from '@/i18n/en/orders'
import { Badge, Button, complain, cx, Dialog, Empty, Failure, Field, NumberInput, settle, Skeleton, Table, toast, type Column, type Tone } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { useQuery } from '@tanstack/react-query'
import { useDesk } from '@/lib/desk'
import { amended } from '@/lib/amend'
import { api } from '@/lib/http'
import { clock, dollars, fromMicros, localMoment, number, signed } from '@/lib/format'
import { contractWords, orderWords } from '@/lib/order_words'
import { useOld } from '@/lib/age'
import { useVerdict } from '@/lib/preview'
import { whyNotNow } from '@/lib/send'
import { hrefTo, navigate, setParams, useParam } from '@/lib/router'
import { signedStop, stopToSend } from '@/lib/stops'
import { tickOf } from '@/lib/tick'
import { useMay } from '@/state/session'
import type { Order } from '@/api/types.gen'
import { OrderDialog } from './Mode'
import { isJudged, Verdict } from './Verdict'

export const stateTone = (order: Pick<Order, 'state' | 'open'>): Tone =>
  order.state === 'filled' ? 'up' : order.state === 'rejected' || order.state === 'refused' ? 'down' : order.state === 'unknown' || order.state === 'awaiting_signature' ? 'warn' : order.open ? 'accent' : 'plain'

/** A signed net price: what it is, and its size. */
export function netPrice(micros: number | null): string {
  if (micros === null) return '—'
  return `${number(Math.abs(micros) / 1e6, 2)} ${micros < 0 ? t('credit') : t('debit')}`
}

/** The price that it waits for: its limit, or the stop that makes it one. */
function limitCell(o: Order): string {
  const stop = signedStop(o)
  if (stop === null) return netPrice(o.limit_micros)
  return t(o.limit_micros === null ? 'stopAt' : 'stopThen', { stop: netPrice(stop), limit: netPrice(o.limit_micros) })
}

/** What an order is, without what may be done about it. On a phone its price stands under it, and leaves its words the room. */
export const orderColumns: Column<Order>[] = [
  { id: 'time', head: t('time'), cell: (o) => <time title={localMoment(o.created_ns)}>{clock(o.created_ns)}</time>, sort: (o) => o.created_ns },
  { id: 'state', head: t('state'), phone: true, cell: (o) => <Badge tone={stateTone(o)}>{o.state.replaceAll('_', ' ')}</Badge>, sort: (o) => o.state },
  { id: 'order', head: t('order'), phone: true, className: 'max-md:!whitespace-normal', cell: (o) => <span title={o.text} className="align-middle md:inline-block md:max-w-[34rem] md:truncate">{orderWords(o)}{o.oco_group && <Badge className="ml-1.5">{t('oco')}</Badge>}{o.exit && <Badge className="ml-1.5">{t(`exit_${o.exit}`, { id: String(o.parent_id) })}</Badge>}{o.reason && <span className="text-down max-md:block"><span className="max-md:hidden"> · </span>{o.reason}</span>}{(o.limit_micros !== null || signedStop(o) !== null) && <span className="block text-2xs text-muted md:hidden">{limitCell(o)}</span>}</span> },
  { id: 'filled', head: t('filled'), figures: true, help: 'filled', cell: (o) => `${o.filled} / ${o.quantity}`, sort: (o) => o.filled / Math.max(1, o.quantity) },
  { id: 'limit', head: t('limit'), figures: true, help: 'limit', cell: limitCell, sort: (o) => o.limit_micros ?? o.stop_micros },
  { id: 'average', head: t('average'), figures: true, help: 'average', cell: (o) => netPrice(o.average_micros), sort: (o) => o.average_micros },
  { id: 'costs', head: t('costs'), figures: true, help: 'fees', cell: (o) => dollars(fromMicros(o.costs_micros), 2), sort: (o) => o.costs_micros },
  { id: 'source', head: t('source'), cell: (o) => <span className="text-muted">{o.strategy ? t('by', { name: o.strategy }) : t('person')}</span>, sort: (o) => o.strategy ?? '' },
]

export async function cancelOrder(order: Order): Promise<void> {
  const id = `cancel ${order.id}`
  settle(id)
  try {
    await api('POST /api/v1/orders/{id}/cancel', { path: { id: order.id } })
    toast(t('asked', { number: order.number }))
  } catch (error) {
    complain({ id, title: t('notCanceled', { what: orderWords(order), number: order.number }), advice: t('notCanceledText'), error, retry: () => void cancelOrder(order) })
  }
}

/** Orders, newest first; what works can be changed and canceled. */
export function OrdersTable({ orders, only }: { orders: readonly Order[]; only: 'working' | 'all' }) {
  const allowed = useMay('trade:paper')
  // In the address, so that an order can be found by its number, and shared.
  const [opened, setOpened] = useParam('order')
  const [edit, setEdit] = useState<Order | null>(null)
  const rows = orders.filter((o) => only === 'all' || o.open).toSorted((a, b) => b.created_ns - a.created_ns || b.id - a.id)
  const desk = useDesk()
  const why = (!allowed && t('needRole')) || (desk?.state === 'recovering' && t('recovering'))
  const columns: Column<Order>[] = [
    ...orderColumns,
    {
      id: 'act',
      head: '',
      phone: true,
      cell: (o) =>
        o.open && (
          <span className="flex justify-end gap-1 max-md:flex-col" onClick={(event) => event.stopPropagation()}>
            <Button size="small" look="quiet" whyNot={why || (o.state === 'staged' && t('replaceStaged'))} onClick={() => setEdit(o)}>
              {t('replace')}
            </Button>
            <Button size="small" look="danger" whyNot={why} onClick={() => void cancelOrder(o)}>
              {t('cancel')}
            </Button>
          </span>
        ),
    },
  ]
  return (
    <>
      <Table
        label={only === 'working' ? t('working') : t('title')}
        rows={rows}
        columns={columns}
        rowKey={(o) => String(o.id)}
        onRow={(o) => setOpened(String(o.id))}
        empty={
          only === 'working' ? (
            <Empty icon="orders" title={t('noWorking')} action={<Button onClick={() => navigate(hrefTo('/chain'))}>{t('toChain')}</Button>}>
              {t('noWorkingText')}
            </Empty>
          ) : (
            <Empty icon="orders" title={t('noOrders')} action={<Button onClick={() => navigate(hrefTo('/builder'))}>{t('toBuilder')}</Button>} />
          )
        }
      />
      {opened && <OpenedOrder key={opened} id={opened} known={orders.find((o) => String(o.id) === opened)} onClose={() => setParams({ order: null }, { replace: true })} />}
      {edit && <Change order={edit} onClose={() => setEdit(null)} />}
    </>
  )
}

/** Another price or quantity; arrows step it, Enter asks for it. */
function Change({ order, onClose }: { order: Order; onClose: () => void }) {
  const [limit, setLimit] = useState(order.limit_micros)
  const [stop, setStop] = useState(signedStop(order))
  const [quantity, setQuantity] = useState(order.quantity)
  const [error, setError] = useState<unknown>(null)
  const button = useRef<HTMLButtonElement>(null)
  const prices = [
    { of: limit, set: setLimit, was: order.limit_micros, label: 'limitPrice' },
    { of: stop, set: setStop, was: signedStop(order), label: 'stopPrice' },
  ] as const
  // What is not touched is not said: meanwhile a fill of another order, or another person, may have changed it.
  const changed = {
    ...(limit === null || limit === order.limit_micros ? {} : { limit_micros: limit }),
    ...(stop === null || stop === signedStop(order) ? {} : { stop_micros: stopToSend(order.legs, stop) }),
    ...(quantity === order.quantity ? {} : { quantity }),
  }
  const nothing = Object.keys(changed).length === 0
  const judged = nothing ? null : amended(order, changed)
  const verdict = useVerdict(judged, judged !== null)
  const old = whyNotNow(useOld()(order.symbol), order.symbol)
  const whyNot = old || (nothing ? t('replaceNothing') : !isJudged(verdict) && t(verdict.outdated ? 'oldVerdict' : 'needPreview'))
  const send = async () => {
    // Enter in a field goes to the button that asks, until that is live.
    if (whyNot) return button.current?.focus()
    try {
      await api('PUT /api/v1/orders/{id}', { path: { id: order.id }, body: changed })
      onClose()
    } catch (e) {
      setError(e)
    }
  }
  return (
    <OrderDialog
      open
      onClose={onClose}
      title={t('replaceTitle', { number: order.number })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button ref={button} look="primary" onClick={() => void send()} whyNot={whyNot}>
            {t('replaceSend', { limit: netPrice(limit ?? stop), n: quantity })}
          </Button>
        </>
      }
    >
      <form
        className="grid grid-cols-2 gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <p className="col-span-2 text-muted">{order.text}</p>
        {prices.map(
          ({ of, set, was, label }) =>
            of !== null &&
            was !== null && (
              <Field key={label} label={t(label, { kind: was < 0 ? t('credit') : t('debit') })}>
                {(ids) => <NumberInput {...ids} value={Math.abs(of) / 1e6} decimals={2} step={tickOf([{ bid: was / 1e6, ask: null }])} min={0} onChange={(v) => set(Math.round(v * (was < 0 ? -1 : 1) * 1e6))} />}
              </Field>
            ),
        )}
        <Field label={t('packages')}>{(ids) => <NumberInput {...ids} value={quantity} min={Math.max(1, order.filled)} onChange={setQuantity} />}</Field>
        {error !== null && <Failure error={error} className="!m-0 col-span-2" />}
        <button type="submit" className="quiet" tabIndex={-1}>
          {t('replace')}
        </button>
      </form>
      {judged && (
        <>
          <p className="px-4 text-xs text-muted">{t('replaceJudged')}</p>
          <div className="px-1">
            <Verdict verdict={verdict} old={old} />
          </div>
        </>
      )}
    </OrderDialog>
  )
}

/** One that is in no list here is asked for. */
function OpenedOrder({ id, known, onClose }: { id: string; known: Order | undefined; onClose: () => void }) {
  const asked = useQuery({ queryKey: ['order', id], queryFn: () => api('GET /api/v1/orders/{id}', { path: { id } }), enabled: known === undefined, retry: false })
  const order = known ?? asked.data?.order
  if (order) return <OrderDetails order={order} onClose={onClose} />
  return asked.error ? (
    <Dialog open onClose={onClose} title={t('order')}>
      <Failure error={asked.error} />
    </Dialog>
  ) : null
}

/** All that happened to an order. */
function OrderDetails({ order, onClose }: { order: Order; onClose: () => void }) {
  const detail = useQuery({ queryKey: ['order', order.id, order.changed_ns], queryFn: () => api('GET /api/v1/orders/{id}', { path: { id: order.id } }) })
  return (
    <Dialog open onClose={onClose} title={t('details', { number: order.number })} wide>
      <div className="grid gap-4 p-4">
        <p className="flex items-center gap-2 text-sm font-semibold">
          <Badge tone={stateTone(order)}>{order.state.replaceAll('_', ' ')}</Badge>
          {order.text}
        </p>
        {order.reason && <p className="rounded-md border border-down/40 bg-down-soft p-2 text-down">{order.reason}</p>}
        {detail.isPending && <Skeleton rows={4} />}
        {detail.error && <Failure error={detail.error} retry={() => void detail.refetch()} />}
        {detail.data && (
          <div className="grid gap-4 md:grid-cols-2">
            <section>
              <h3 className="mb-1 text-2xs font-semibold tracking-wide text-muted uppercase">{t('history')}</h3>
              <ol className="grid gap-1">
                {detail.data.history.map((step, i) => (
                  <li key={i} className="grid grid-cols-[auto_auto_1fr] gap-2 text-xs">
                    <time className="text-faint">{clock(step.ts_ns)}</time>
                    <span className="font-medium">{step.state.replaceAll('_', ' ')}</span>
                    <span className="text-muted">{step.text}</span>
                  </li>
                ))}
              </ol>
            </section>
            <section>
              <h3 className="mb-1 text-2xs font-semibold tracking-wide text-muted uppercase">{t('fills')}</h3>
              <ul className="grid gap-1">
                {detail.data.fills.map((fill) => (
                  <li key={fill.id} className={cx('grid grid-cols-[auto_1fr_auto_auto] gap-2 text-xs')}>
                    <time className="text-faint">{clock(fill.ts_ns)}</time>
                    <span>{contractWords(fill.contract, order.symbol)}</span>
                    <span>{signed(fill.quantity)}</span>
                    <span className="text-right">{number(fill.price_micros / 1e6, 2)}</span>
                  </li>
                ))}
                {detail.data.fills.length === 0 && <li className="text-muted">{t('noFills')}</li>}
              </ul>
            </section>
          </div>
        )}
      </div>
    </Dialog>
  )
}
