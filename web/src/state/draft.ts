/*
 * The one order that is being made: chain, builder and ticket are three views of it. Its key makes
 * a sent draft one order however often the button is pressed, also after the page was loaded anew; every change is another draft,
 * with another key. What was sent and not answered is kept as it went, beside the draft: it may be asked again, under its own key.
 */
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { stopToSend } from '@/lib/stops'
import { formatOcc, type Right } from '@/lib/occ'
import type { OrderNew } from '@/api/types.gen'

export type Side = 'buy' | 'sell'
export type OrderType = OrderNew['type']
export type Tif = NonNullable<OrderNew['time_in_force']>

export interface Leg {
  root: string
  expiry: string
  right: Right
  strike_micros: number
  side: Side
  ratio: number
}

/** What closing one package shall cost, micros a share, + paid, − received; null: no such exit. */
export interface DraftExits {
  target_micros: number | null
  stop_micros: number | null
}

export interface DraftFields {
  symbol: string
  legs: Leg[]
  quantity: number
  type: OrderType
  /** Net price, + debit, - credit; null: the middle, as it moves. */
  limit_micros: number | null
  /** Price of the package that wakes a stop, signed as the limit. */
  stop_micros: number | null
  tif: Tif
  /** The trade that it adds to or reduces; null: a new one. */
  trade_id: number | null
  /** The way out that it brings along; null: none. */
  exits: DraftExits | null
}

/** An order on its way, and what makes a repetition of it the same order. */
export interface Sending {
  key: string
  order: OrderNew
}

interface Draft extends DraftFields {
  key: string
  /** Sent, and not answered: nobody here knows whether the desk has it. */
  unanswered: Sending | null
  open: boolean
  /** Rises when somebody asks for the gates' verdict. */
  asked: number
  change: (change: Partial<DraftFields>) => void
  stage: (symbol: string, leg: Leg) => void
  load: (draft: Partial<DraftFields> & { symbol: string; legs: Leg[] }) => void
  setLeg: (index: number, change: Partial<Leg>) => void
  remove: (index: number) => void
  clear: () => void
  sending: (what: Sending) => void
  /** The desk has said what became of it; a draft that it took is over. */
  answered: (taken: boolean) => void
  show: (open: boolean) => void
  preview: () => void
}

export const LEGS_MAX = 8

const empty: DraftFields = { symbol: '', legs: [], quantity: 1, type: 'limit', limit_micros: null, stop_micros: null, tif: 'day', trade_id: null, exits: null }

export function newKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return `page-${Array.from(random, (b) => b.toString(16).padStart(2, '0')).join('')}`
}

export function sameContract(a: Leg, b: Leg): boolean {
  return a.root === b.root && a.expiry === b.expiry && a.right === b.right && a.strike_micros === b.strike_micros
}

/** A leg more: the same contract again counts up, its opposite counts down and may vanish. */
export function addLeg(legs: readonly Leg[], leg: Leg): Leg[] {
  const at = legs.findIndex((l) => sameContract(l, leg))
  const old = legs[at]
  if (!old) return legs.length < LEGS_MAX ? [...legs, leg] : [...legs]
  const signed = (l: Leg) => (l.side === 'buy' ? l.ratio : -l.ratio)
  const sum = signed(old) + signed(leg)
  if (sum === 0) return legs.filter((_, i) => i !== at)
  return legs.with(at, { ...old, side: sum > 0 ? 'buy' : 'sell', ratio: Math.abs(sum) })
}

export const useDraft = create<Draft>()(
  persist(
    (set, get) => {
      const put = (change: Partial<DraftFields>) => set({ ...change, key: newKey() })
      return {
        ...empty,
        key: newKey(),
        unanswered: null,
        open: false,
        asked: 0,
        change: put,
        stage: (symbol, leg) => {
          const old = get()
          // Legs of another underlying cannot be in the same package.
          if (old.symbol !== symbol || old.trade_id !== null) put({ ...empty, symbol, legs: [leg] })
          else put({ legs: addLeg(old.legs, leg), limit_micros: null, exits: null })
        },
        load: (draft) => put({ ...empty, ...draft }),
        setLeg: (index, change) => {
          const { legs } = get()
          const leg = legs[index]
          if (leg) put({ legs: legs.with(index, { ...leg, ...change }), limit_micros: null, exits: null })
        },
        remove: (index) => put({ legs: get().legs.filter((_, i) => i !== index), limit_micros: null, exits: null }),
        clear: () => put({ ...empty }),
        sending: (unanswered) => set({ unanswered }),
        answered: (taken) => {
          const { unanswered, key } = get()
          set({ unanswered: null })
          // What was changed meanwhile is another draft.
          if (taken && unanswered?.key === key) put({ ...empty })
        },
        show: (open) => set({ open }),
        preview: () => {
          if (get().legs.length > 0) set({ open: true, asked: get().asked + 1 })
        },
      }
    },
    {
      name: 'ironfly.draft',
      version: 1,
      partialize: ({ key, unanswered, symbol, legs, quantity, type, limit_micros, stop_micros, tif, trade_id, exits }) => ({ key, unanswered, symbol, legs, quantity, type, limit_micros, stop_micros, tif, trade_id, exits }),
    },
  ),
)

export const hasStop = (type: OrderType) => type === 'stop' || type === 'stop_limit'
export const hasLimit = (type: OrderType) => type !== 'market' && type !== 'stop'

/** What is sent; the limit is what stands in the ticket, even where it follows the middle. */
export function orderOf(draft: DraftFields, limit_micros: number | null): OrderNew {
  return {
    symbol: draft.symbol,
    legs: draft.legs.map((leg) => ({ contract: formatOcc(leg), side: leg.side, ratio: leg.ratio })),
    quantity: draft.quantity,
    type: draft.type,
    ...(hasLimit(draft.type) && limit_micros !== null ? { limit_micros } : {}),
    ...(hasStop(draft.type) && draft.stop_micros !== null ? { stop_micros: stopToSend(draft.legs, draft.stop_micros) } : {}),
    time_in_force: draft.tif,
    ...(draft.trade_id === null ? {} : { trade_id: draft.trade_id }),
    ...(draft.exits?.target_micros == null ? {} : { exit_target_micros: draft.exits.target_micros }),
    ...(draft.exits?.stop_micros == null ? {} : { exit_stop_micros: draft.exits.stop_micros }),
  }
}
