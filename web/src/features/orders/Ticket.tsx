import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { orders as t } from '@/i18n/en/orders'
import { common } from '@/i18n/en/common'
import { Button, cx, Empty, Failure, Field, IconButton, Kbd, NumberInput, Select } from '@/components/ui'
import { api, isUnclear } from '@/lib/http'
import { useDesk } from '@/lib/desk'
import { wayOutOf } from '@/lib/exits'
import { MULTIPLIER, useDraftMarket } from '@/lib/draft_market'
import { number } from '@/lib/format'
import { useMiddle, useNarrow } from '@/lib/media'
import { useVerdict } from '@/lib/preview'
import { hrefTo, navigate } from '@/lib/router'
import { useTopic } from '@/lib/stream/client'
import { useOld } from '@/lib/age'
import { oldNote, useSecondPress, whyNotNow } from '@/lib/send'
import { tickOf } from '@/lib/tick'
import { hasLimit as needsLimit, hasStop, orderOf, useDraft, type OrderType, type Sending, type Tif } from '@/state/draft'
import { useMay } from '@/state/session'
import type { Order, OrderNew } from '@/api/types.gen'
import { Legs } from '@/panels/Legs'
import { OrderDialog } from '@/panels/Mode'
import { draftName, orderWords, sendWords } from '@/lib/order_words'
import { netPrice } from '@/panels/OrdersTable'
import { Verdict } from '@/panels/Verdict'
import { TicketExits } from './TicketExits'

/** The ticket: beside the screen where there is room, over it on a phone. */
export default function Ticket() {
  const show = useDraft((s) => s.show)
  const narrow = useNarrow()
  const middle = useMiddle()
  if (narrow || middle)
    return (
      <OrderDialog open drawer onClose={() => show(false)} title={t('ticket')}>
        <Body />
      </OrderDialog>
    )
  return (
    <aside aria-label={t('ticket')} className="fixed top-[4.75rem] right-0.5 bottom-0.5 z-30 flex w-[25rem] flex-col border-l border-line-strong bg-panel shadow-float">
      <header className="flex h-9 shrink-0 items-center justify-between border-b border-line pr-1 pl-3">
        <h2 className="text-xs font-semibold">{t('ticket')}</h2>
        <IconButton icon="close" label={common('close')} keys="Esc" onClick={() => show(false)} />
      </header>
      <div className="min-h-0 flex-1 overflow-auto">
        <Body />
      </div>
    </aside>
  )
}

function Body() {
  const draft = useDraft()
  const [sent, setSent] = useState<{ key: string; order: Order } | null>(null)
  const [busy, setBusy] = useState<'first' | 'again' | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open], [popover]:popover-open')) draft.show(false)
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [draft])
  const send = async (what: Sending, how: 'first' | 'again') => {
    if (busy) return
    setBusy(how)
    setError(null)
    draft.sending(what)
    try {
      const order = await api('POST /api/v1/orders', { body: what.order, once: what.key })
      draft.answered(true)
      setSent({ key: useDraft.getState().key, order })
    } catch (e) {
      if (!isUnclear(e)) draft.answered(false)
      setError(e)
    } finally {
      setBusy(null)
    }
  }
  const { unanswered } = draft
  if (unanswered && busy !== 'first') return <Unanswered what={unanswered} busy={busy !== null} error={error} onAsk={() => void send(unanswered, 'again')} />
  if (sent && (sent.key === draft.key || draft.legs.length === 0)) return <Sent order={sent.order} onNew={() => setSent(null)} />
  if (draft.legs.length === 0)
    return (
      <Empty icon="orders" title={t('emptyTicket')}>
        {t('emptyTicketText')}
      </Empty>
    )
  return <Form busy={busy !== null} error={error} onSend={(order) => void send({ key: draft.key, order }, 'first')} />
}

/** To Orders, and out of the way where the ticket lies over them. */
function useWayToOrders(): () => void {
  const narrow = useNarrow()
  const middle = useMiddle()
  const show = useDraft((s) => s.show)
  return () => {
    navigate(hrefTo('/orders'))
    if (narrow || middle) show(false)
  }
}

/** It may be at work: the same is asked once more, as it went, before anything else is sent. */
function Unanswered({ what, busy, error, onAsk }: { what: Sending; busy: boolean; error: unknown; onAsk: () => void }) {
  const { order } = what
  const toOrders = useWayToOrders()
  const lost = useOld()() === 'lost'
  const words = orderWords({ ...order, text: order.symbol })
  return (
    <div className="grid gap-3 p-4">
      <p role="alert" className="rounded-md border border-warn/50 bg-warn-soft p-3">
        <strong className="block text-warn">{t('unanswered')}</strong>
        {t('unansweredText')}
      </p>
      <p className="font-semibold">{order.limit_micros === undefined ? t('unansweredOrder', { n: order.quantity, what: words }) : t('unansweredLimit', { n: order.quantity, what: words, price: netPrice(order.limit_micros) })}</p>
      {error !== null && <Failure error={error} className="!m-0" />}
      <Button look="primary" size="large" disabled={busy} whyNot={lost && whyNotNow('lost', order.symbol)} onClick={onAsk} data-first>
        {busy ? t('sending') : t('askAgain')}
      </Button>
      <div className="flex flex-wrap gap-2">
        <Button onClick={toOrders}>{t('toOrders')}</Button>
        <Button look="quiet" disabled={busy} onClick={() => useDraft.getState().answered(false)}>
          {t('giveUp')}
        </Button>
      </div>
    </div>
  )
}

function roundTo(value: number, step: number): number {
  return Math.round(Math.round(value / step) * step * 1e6) / 1e6
}

function Form({ busy, error, onSend }: { busy: boolean; error: unknown; onSend: (order: OrderNew) => void }) {
  const draft = useDraft()
  const market = useDraftMarket(draft)
  const desk = useDesk()
  const allowed = useMay('trade:paper')
  const sendButton = useRef<HTMLButtonElement>(null)

  // Until somebody sets it the limit is the middle, as it is when it is looked at: it stands still while it is judged.
  const hasLimit = needsLimit(draft.type)
  const needsStop = hasStop(draft.type) && draft.stop_micros === null
  const [followed, setFollowed] = useState<number | null>(null)
  const key = `${draft.key}`
  const mid = market.mid
  const tick = tickOf(market.quotes)
  const follow = draft.limit_micros === null
  useEffect(() => {
    if (follow && mid !== null) setFollowed((was) => (was !== null && Math.abs(was / 1e6 - mid) < tick ? was : Math.round(roundTo(mid, tick) * 1e6)))
  }, [follow, mid, key, tick])
  const limit = hasLimit ? (draft.limit_micros ?? (mid === null ? null : followed)) : null
  const ready = desk !== null && allowed && (!hasLimit || limit !== null) && !needsStop
  const order = ready ? orderOf(draft, limit) : null
  const opensAt = limit ?? (mid === null ? null : Math.round(mid * 1e6))
  const way = draft.trade_id === null && opensAt !== null && opensAt !== 0 ? wayOutOf(orderOf(draft, limit), opensAt, MULTIPLIER, tick) : null
  const verdict = useVerdict(order, ready)
  const reduces = draft.trade_id !== null
  const old = useOld()(draft.symbol)
  const { asked: again, press } = useSecondPress(old, () => order && onSend(order))

  const asked = draft.asked
  const wanted = useRef(asked)
  useEffect(() => {
    // Ctrl+Enter asks for the verdict, and goes to the button that it makes live.
    if (asked === wanted.current || !verdict.current) return
    wanted.current = asked
    sendButton.current?.focus()
  }, [asked, verdict])

  const whyNot =
    whyNotNow(old, draft.symbol, reduces) ||
    (!allowed && t('needRole')) ||
    (!desk && t('needNoDesk')) ||
    (hasLimit && limit === null && t('needQuote')) ||
    (needsStop && t('needStop')) ||
    (!verdict.current && t(verdict.outdated ? 'oldVerdict' : 'needPreview')) ||
    (verdict.preview && !verdict.preview.allowed && (verdict.preview.reason || t('refused'))) ||
    null

  const isCredit = (limit ?? (market.natural ?? 0) * 1e6) < 0
  const value = limit === null ? null : Math.abs(limit) / 1e6
  const sign = isCredit ? -1 : 1
  return (
    <div className="flex flex-col pb-3">
      <div className="flex items-center justify-between gap-2 px-3 py-2">
        <p className="min-w-0 truncate font-semibold first-letter:uppercase">
          {draft.symbol} {draftName(draft, 1)}
        </p>
        <Button size="small" look="quiet" icon="trash" onClick={draft.clear}>
          {t('clear')}
        </Button>
      </div>
      {draft.trade_id !== null && <p className="px-3 pb-2 text-xs text-accent">{t('closes', { id: String(draft.trade_id) })}</p>}
      <Legs market={market} />
      <div className="grid grid-cols-2 gap-3 p-3">
        <Field label={t('packages')}>{(ids) => <NumberInput {...ids} value={draft.quantity} min={1} max={10_000} onChange={(quantity) => draft.change({ quantity })} />}</Field>
        <Field label={t('type')}>
          {(ids) => <Select<OrderType> {...ids} value={draft.type} choices={(['limit', 'marketable_limit', 'market', 'stop', 'stop_limit'] as const).map((v) => ({ value: v, label: t(`type_${v}`) }))} onChange={(type) => draft.change({ type })} />}
        </Field>
        {hasLimit && (
          <Field label={t('limitPrice', { kind: isCredit ? t('credit') : t('debit') })} hint={follow ? t('followMid') : undefined}>
            {(ids) => <NumberInput {...ids} value={value} decimals={2} step={tick} onChange={(v) => draft.change({ limit_micros: Math.round(v * sign * 1e6) })} className={cx('font-semibold', isCredit ? 'text-up' : 'text-text')} />}
          </Field>
        )}
        {hasStop(draft.type) && (
          <Field label={t('stopPrice', { kind: isCredit ? t('credit') : t('debit') })} hint={t('stopHint')}>
            {(ids) => <NumberInput {...ids} value={draft.stop_micros === null ? null : Math.abs(draft.stop_micros) / 1e6} decimals={2} step={tick} onChange={(v) => draft.change({ stop_micros: Math.round(v * sign * 1e6) })} />}
          </Field>
        )}
        <Field label={t('tif')}>
          {(ids) => <Select<Tif> {...ids} value={draft.tif} choices={(['day', 'gtc', 'ioc', 'fok'] as const).map((v) => ({ value: v, label: t(`tif_${v}`) }))} onChange={(tif) => draft.change({ tif })} />}
        </Field>
        <div className="col-span-2 flex items-center gap-2 text-xs">
          <Button size="small" onClick={() => market.mid !== null && draft.change({ limit_micros: Math.round(roundTo(market.mid, tick) * 1e6) })} aria-label={t('atMid')}>
            {t('mid')} <span className={cx(old && 'stale')}>{number(market.mid === null ? null : Math.abs(market.mid), 3)}</span>
          </Button>
          <Button size="small" onClick={() => market.natural !== null && draft.change({ limit_micros: Math.round(roundTo(market.natural, tick) * 1e6) })} aria-label={t('atNatural')}>
            {t('natural')} <span className={cx(old && 'stale')}>{number(market.natural === null ? null : Math.abs(market.natural), 2)}</span>
          </Button>
          <span className={market.mid !== null && market.mid < 0 ? 'text-up' : 'text-muted'}>{market.mid === null ? '' : market.mid < 0 ? t('credit') : t('debit')}</span>
        </div>
      </div>
      {way && <TicketExits way={way} exits={draft.exits} onChange={(exits) => draft.change({ exits })} />}
      {ready ? <Verdict verdict={verdict} old={oldNote(old, draft.symbol, reduces)} /> : <p className="px-3 text-muted">{whyNot}</p>}
      <div className="sticky bottom-0 grid gap-2 border-t border-line bg-panel px-3 pt-3">
        {error !== null && <Failure error={error} className="!m-0" />}
        <Button ref={sendButton} look={isCredit ? 'sell' : 'buy'} size="large" whyNot={whyNot} disabled={busy} onClick={press} className="!h-auto min-h-10 !whitespace-normal">
          {busy ? t('sending') : again ? t('oldAgain', { what: sendWords(draft, limit, verdict.preview) }) : sendWords(draft, limit, verdict.preview)}
        </Button>
        <Button look="quiet" size="small" onClick={verdict.ask}>
          {verdict.asking ? t('checking') : t('preview')} <Kbd keys="Mod+Enter" />
        </Button>
      </div>
    </div>
  )
}

/** The draft is an order now; the desk says how it goes. */
function Sent({ order, onNew }: { order: Order; onNew: () => void }) {
  const orders = useTopic('orders')
  const toOrders = useWayToOrders()
  const now = orders?.find((o) => o.id === order.id) ?? order
  return (
    <div className="grid gap-3 p-4">
      <p role="status" className="font-semibold">
        {t('sent', { state: now.state.replaceAll('_', ' ') })}
      </p>
      <p>{now.text}</p>
      <p className="text-muted">
        {t('filled')}: {now.filled} / {now.quantity}
        {now.average_micros !== null && <> · {t('average')} {number(Math.abs(now.average_micros) / 1e6, 2)}</>}
      </p>
      {now.reason && <p className="text-down">{now.reason}</p>}
      {now.open && <CancelSent order={now} />}
      <div className="flex gap-2">
        <Button onClick={onNew}>{t('newDraft')}</Button>
        <Button look="quiet" onClick={toOrders}>
          {t('toOrder')}
        </Button>
      </div>
    </div>
  )
}

/** Taking it back is asked for: the line above says what the desk has made of it. */
function CancelSent({ order }: { order: Order }) {
  const allowed = useMay('trade:paper')
  const cancel = useMutation({ mutationFn: () => api('POST /api/v1/orders/{id}/cancel', { path: { id: order.id } }) })
  return (
    <div className="grid gap-2">
      <Button look="danger" size="large" whyNot={!allowed && t('needRole')} disabled={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate()}>
        {cancel.isPending || cancel.isSuccess ? t('cancelAsked') : t('cancelOrder')}
      </Button>
      {cancel.isError && <Failure error={cancel.error} title={t('notCanceled', { what: orderWords(order), number: order.number })} className="!m-0" />}
    </div>
  )
}
