/* An order in words: what it is called, what its button does. */
import { orders as t } from '@/i18n/en/orders'
import { day, dollars, fromMicros, number, signed, strike } from '@/lib/format'
import { structureOf } from '@/lib/structure'
import { hasStop, type DraftFields, type Leg } from '@/state/draft'
import type { Order, Position, Preview } from '@/api/types.gen'
import { parseOcc } from '@/lib/occ'

export function legWords(symbol: string, leg: Leg): string {
  return `${symbol} ${day(leg.expiry)} ${strike(leg.strike_micros)} ${leg.right === 'call' ? t('call') : t('put')}`
}

export function draftName(draft: DraftFields, n: number): string {
  const first = draft.legs[0]
  return t(`name_${structureOf(draft.legs)}`, { n, what: first ? legWords(draft.symbol, first) : '' })
}

/** What the button does, in full: nobody should have to look elsewhere to know. */
export function sendWords(draft: DraftFields, limit_micros: number | null, preview: Preview | null): string {
  const n = draft.quantity
  const what = draftName(draft, n)
  const isCredit = (limit_micros ?? preview?.natural_micros ?? 0) < 0
  const single = draft.legs.length === 1 ? draft.legs[0]?.side : null
  let text: string
  if (draft.type === 'market' || draft.type === 'stop') text = t('sendMarket', { side: (single ? single === 'sell' : isCredit) ? t('sell') : t('buy'), n, what })
  else text = t(isCredit ? 'sendCredit' : 'sendDebit', { n, what, price: number(Math.abs(fromMicros(limit_micros) ?? 0), 2) })
  if (hasStop(draft.type) && draft.stop_micros !== null) text += t('sendWhen', { price: number(Math.abs(fromMicros(draft.stop_micros) ?? 0), 2) })
  const exits = [draft.exits?.target_micros, draft.exits?.stop_micros].filter((micros) => micros != null)
  if (exits.length > 0) text += t('sendExits', { prices: exits.map((micros) => number(Math.abs(micros) / 1e6, 2)).join(' / ') })
  if (draft.trade_id !== null || !preview) return text
  if (preview.loss_unbounded) return text + t('sendLoss', { loss: t('unlimited') })
  return preview.max_loss_micros === null ? text : text + t('sendLoss', { loss: dollars(Math.abs(preview.max_loss_micros) / 1e6) })
}

/** A leg or a fill by its contract: "SPXW 3 Jan 5060 put", the symbol's shares, or what stands there. */
export function contractWords(contract: string, symbol: string): string {
  const option = parseOcc(contract)
  if (option) return legWords(option.root, { ...option, side: 'buy', ratio: 1 })
  return contract === 'stock' && symbol ? t('shares', { symbol }) : contract
}

/** An order by its structure: "SPY 3 Jan iron condor 499 / 503 / 519 / 522.5"; its own line where it has no options. */
export function orderWords(order: Pick<Order, 'symbol' | 'legs' | 'text'>): string {
  const legs = order.legs.map((leg): Leg | null => {
    const contract = parseOcc(leg.contract)
    return contract && { ...contract, side: leg.side, ratio: leg.ratio }
  })
  if (legs.length === 0 || legs.some((leg) => leg === null)) return order.text || order.symbol
  const known = (legs as Leg[]).toSorted((a, b) => a.strike_micros - b.strike_micros)
  const first = known[0] as Leg
  if (known.length === 1) return `${first.side === 'buy' ? '+' : '\u2212'}${first.ratio} ${legWords(order.symbol, first)}`
  const days = [...new Set(known.map((leg) => leg.expiry))].toSorted().map((d) => day(d))
  return `${order.symbol} ${days.join(' / ')} ${t(`name_${structureOf(known)}`, { n: 1, what: '' })} ${[...new Set(known.map((leg) => strike(leg.strike_micros)))].join(' / ')}`
}

/** What is held, the same way; leg by leg where there are shares in it. */
export function positionWords(position: Pick<Position, 'symbol' | 'legs' | 'label'> & Partial<Pick<Position, 'state'>>): string {
  const held = position.legs.filter((leg) => leg.quantity !== 0)
  if (held.length === 0 && position.state === 'opening') return t('opening', { symbol: position.symbol })
  // Shares have no name that says whose they are.
  if (held.some((leg) => leg.contract === 'stock')) return held.map((leg) => `${signed(leg.quantity)} ${contractWords(leg.contract, position.symbol)}`).join(', ')
  const size = Math.min(...held.map((leg) => Math.abs(leg.quantity)))
  const legs = held.map((leg) => ({ contract: leg.contract, side: leg.quantity > 0 ? ('buy' as const) : ('sell' as const), ratio: Math.max(1, Math.round(Math.abs(leg.quantity) / size)) }))
  return held.length ? orderWords({ symbol: position.symbol, legs, text: position.label }) : position.label || position.symbol
}
