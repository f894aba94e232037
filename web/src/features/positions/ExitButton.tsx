import { useState } from 'react'
import type { Order, OrderNew, Position } from '@/api/types.gen'
import { Button, cx, Failure, Segmented, toast } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { orders as words } from '@/i18n/en/orders'
import { positions as t } from '@/i18n/en/positions'
import { exitOrders, isDebit, isPast, priceAt, wayOut, type Way } from '@/lib/exits'
import { number } from '@/lib/format'
import { ExitPrice } from '@/panels/ExitPrice'
import { OrderDialog } from '@/panels/Mode'
import { netPrice } from '@/panels/OrdersTable'
import { Verdict } from '@/panels/Verdict'
import { api, isUnclear } from '@/lib/http'
import { useOld } from '@/lib/age'
import { useVerdict } from '@/lib/preview'
import { whyNotNow } from '@/lib/send'
import { nameOf } from '@/lib/risk'
import { newKey } from '@/state/draft'
import { useMay } from '@/state/session'

/** A target and a stop for a trade: two orders, of which one ends the other. */
export function ExitButton({ position }: { position: Position }) {
  const may = useMay('trade:paper')
  const [open, setOpen] = useState(false)
  const way = wayOut(position)
  const why = (!may && t('needsPermission')) || (position.working > 0 && t('exitWorking')) || (!way && t('exitNone'))
  return (
    <span onClick={(event) => event.stopPropagation()} role="presentation">
      <Button size="small" look="quiet" onClick={() => setOpen(true)} whyNot={why}>
        {t('exit')}
      </Button>
      {open && way && <ExitDialog position={position} way={way} onClose={() => setOpen(false)} />}
    </span>
  )
}

interface Sending {
  orders: readonly OrderNew[]
  /** What makes a repetition the same order. */
  key: string
}

/** Nobody knows whether the desk has it: the same must be asked once more, not another. */
class Unclear extends Error {}
/** It is no longer, before it did anything. */
class Ended extends Error {}

/** All of them, or none: what had gone is called back when a later one is refused. */
async function sendAll({ orders, key }: Sending): Promise<void> {
  const sent: Order[] = []
  for (const [i, body] of orders.entries()) {
    try {
      const order = await api('POST /api/v1/orders', { body, once: `${key}-${i}` })
      sent.push(order)
      if (!order.open && order.state !== 'filled') throw new Ended(t('exitEnded', { number: order.number, state: order.state.replaceAll('_', ' ') }))
    } catch (error) {
      if (!(error instanceof Ended) && isUnclear(error)) throw new Unclear(t('exitUnclear'))
      const left: string[] = []
      for (const order of sent) if (order.open) await api('POST /api/v1/orders/{id}/cancel', { path: { id: order.id } }).catch(() => left.push(order.number))
      throw left.length > 0 ? new Error(t('exitLeft', { number: left.join(', ') })) : error
    }
  }
}

function ExitDialog({ position, way, onClose }: { position: Position; way: Way; onClose: () => void }) {
  const [costs] = useState(() => isDebit(way))
  // What it opened with is what it goes on with: the market moves on meanwhile.
  const [target, setTarget] = useState<number | null>(() => priceAt(way, 0.5))
  const [stop, setStop] = useState<number | null>(() => priceAt(way, costs ? -1 : -0.5))
  const [tif, setTif] = useState<'gtc' | 'day'>('gtc')
  // What makes a repetition of it the same orders.
  const [key, setKey] = useState(newKey)
  const [again, setAgain] = useState<Sending | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const passed = (target !== null && isPast(way, 'target', target)) || (stop !== null && isPast(way, 'stop', stop))
  const none = target === null && stop === null
  const orders = none || passed ? [] : exitOrders(way, target, stop, tif, `exit ${key.slice(-12)}`)
  const verdicts = [useVerdict(orders[0] ?? null, orders.length > 0), useVerdict(orders[1] ?? null, orders.length > 1)].slice(0, orders.length)
  const refused = verdicts.find(({ preview }) => preview && !preview.allowed)?.preview
  const old = whyNotNow(useOld()(position.symbol), position.symbol, again !== null)
  const send = async () => {
    const sending = again ?? { key, orders }
    setBusy(true)
    setError(null)
    try {
      await sendAll(sending)
      toast(t('exitSent', { name: nameOf(position) }))
      onClose()
    } catch (e) {
      setAgain(e instanceof Unclear ? sending : null)
      // What was refused, or called back, is over: the next are other orders.
      if (!(e instanceof Unclear)) setKey(newKey())
      setError(e)
    } finally {
      setBusy(false)
    }
  }
  return (
    <OrderDialog
      open
      onClose={onClose}
      title={t('exitTitle', { name: nameOf(position) })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button look="primary" disabled={busy} data-first whyNot={old || (!again && ((none && t('exitNothing')) || (passed && t('exitPast')) || (!verdicts.every(({ current }) => current) && t('judging')) || (refused && (refused.reason || words('refused')))))} onClick={() => void send()}>
            {again ? t('exitAgain') : target !== null && stop !== null ? t('exitSendBoth') : target !== null ? t('exitSendTarget') : t('exitSendStop')}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 p-4 text-left whitespace-normal">
        <p className={cx('text-muted', old && 'stale')}>{t(costs ? 'exitCosts' : 'exitBrings', { entry: netPrice(way.entry * 1e6), now: number(Math.abs(way.now), 2) })}</p>
        <fieldset disabled={busy || again !== null} className="contents">
        <ExitPrice what="target" way={way} isDebit={costs} value={target} onChange={setTarget} preset={priceAt(way, 0.5)} past={t('exitPast')} />
        <ExitPrice what="stop" way={way} isDebit={costs} value={stop} onChange={setStop} preset={priceAt(way, costs ? -1 : -0.5)} past={t('exitPast')} />
        <Segmented label={words('tif')} value={tif} choices={(['gtc', 'day'] as const).map((value) => ({ value, label: words(`tif_${value}`) }))} onChange={setTif} />
        </fieldset>
        <p className="text-xs text-muted">{t('exitNote')}</p>
        {!again &&
          verdicts.map((verdict, i) => (
            <section key={orders[i]?.type} aria-label={t(orders[i]?.type === 'limit' ? 'target' : 'stop')} className="-mx-3">
              <h3 className="px-3 text-2xs font-semibold tracking-wide text-muted uppercase">{t(orders[i]?.type === 'limit' ? 'target' : 'stop')}</h3>
              <Verdict verdict={verdict} brief old={old} />
            </section>
          ))}
        {error !== null && <Failure error={error} className="!m-0" />}
      </div>
    </OrderDialog>
  )
}
