import { useQueries } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useMemo, useState, type ReactNode } from 'react'
import type { Expiry } from '@/api/types.gen'
import { Badge, Button, cx, Help, NumberInput, Segmented, Select } from '@/components/ui'
import { builder as t } from '@/i18n/en/builder'
import { candidates, ranked, type Candidate, type Order } from '@/lib/candidates'
import { useExpiryFacts } from '@/lib/chain/source'
import { quoteOf, type DraftMarket } from '@/lib/draft_market'
import { dollars, fromMicros, gain, number, percent, strike, tone } from '@/lib/format'
import { api } from '@/lib/http'
import type { View } from '@/lib/structures'
import { orderOf } from '@/state/draft'
import { MiniPayoff } from './MiniPayoff'

interface Props {
  symbol: string
  market: DraftMarket
  near: Expiry | undefined
  far: Expiry | undefined
  expiries: readonly Expiry[]
  /** The desk can be asked what it would hold for it. */
  judged: boolean
  chosen: string | null
  onChoose: (candidate: Candidate) => void
}

const SHOWN = 8
const explained = [['pop', 'pop'], ['ev', 'expectedValue'], ['maxLoss', 'maxLoss'], ['crossing', 'crossing'], ['margin', 'margin']] as const
const AGAIN_MS = 15_000
const orders = ['value', 'chance', 'credit', 'loss', 'crossing'] as const

/** From an opinion to a draft in five steps: what one expects, what one can lose, what there is, adjust it, let it be checked. */
export function Finder({ symbol, market, near, far, expiries, judged, chosen, onChoose }: Props) {
  const [view, setView] = useState<View>('flat')
  const [lossMost, setLossMost] = useState(1000)
  const [by, setBy] = useState<Order>('value')
  const [found, setFound] = useState<Candidate[] | null>(null)
  const [round, setRound] = useState(0)
  const factsOf = useExpiryFacts(expiries)
  const loaded = near ? market.strikes(near.expiry, near.root).length > 0 : false

  const look = useEffectEvent(() => {
    if (!near || near.forward === null || near.atm_vol === null || market.spot === null) return
    const listed = (e: Expiry) => ({ expiry: e.expiry, root: e.root, rows: market.strikes(e.expiry, e.root) })
    const move = near.forward * near.atm_vol * Math.sqrt(Math.max(near.years, 0.5 / 365))
    setFound(candidates({ view, lossMost }, { near: listed(near), far: far ? listed(far) : null, forward: near.forward, move, vol: near.atm_vol, spot: market.spot, quoteOf: (leg) => quoteOf(market.books, leg), factsOf }))
  })
  useEffect(() => {
    if (!loaded) return
    // Not with every quote: a list that jumps cannot be read.
    look()
    const timer = setInterval(look, AGAIN_MS)
    return () => clearInterval(timer)
  }, [loaded, view, lossMost, near?.expiry, near?.root, round])

  const shown = useMemo(() => ranked(found ?? [], by, 2).slice(0, SHOWN), [found, by])
  const verdicts = useQueries({
    queries: shown.map((c) => ({
      queryKey: ['candidate', symbol, c.id],
      queryFn: () => api('POST /api/v1/orders/preview', { body: orderOf({ symbol, legs: c.legs, quantity: 1, type: 'limit', limit_micros: null, stop_micros: null, tif: 'day', trade_id: null, exits: null }, Math.round(c.net / 0.05) * 50_000) }),
      enabled: judged,
      staleTime: 60_000,
      retry: false,
    })),
  })
  return (
    <section aria-label={t('find')} className="grid gap-3 border-b border-line p-3">
      <Step n={1} title={t('findView')}>
        <Segmented<View> label={t('view')} value={view} onChange={setView} choices={(['up', 'down', 'flat', 'move'] as const).map((v) => ({ value: v, label: t(`view_${v}`) }))} />
      </Step>
      <Step n={2} title={t('findLoss')}>
        <span className="flex items-center gap-1.5">
          $ <NumberInput label={t('findLoss')} value={lossMost} min={10} max={1_000_000} step={100} onChange={setLossMost} className="!w-24" />
        </span>
      </Step>
      <Step n={3} title={t('findChoose')}>
        <Select<Order> aria-label={t('findBy')} value={by} onChange={setBy} choices={orders.map((value) => ({ value, label: t(`by_${value}`) }))} className="!w-auto" />
      </Step>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-2 text-2xs text-faint">
        {explained.map(([word, fact]) => (
          <span key={fact} className="inline-flex items-center gap-1">
            {t(word)} <Help fact={fact} />
          </span>
        ))}
      </p>
      {found !== null && shown.length === 0 && <p className="text-xs text-muted">{t('findNone')}</p>}
      <ul className="grid gap-1">
        {shown.map((c, i) => {
          const verdict = verdicts[i]?.data
          return (
            <li key={c.id}>
              <button
                type="button"
                aria-pressed={chosen === c.id}
                onClick={() => onChoose(c)}
                className={cx('grid w-full grid-cols-[3.5rem_1fr_auto] items-center gap-x-2 rounded-[5px] border px-2 py-1 text-left', chosen === c.id ? 'border-accent bg-accent-soft' : 'border-line bg-raised hover:border-line-strong hover:bg-hover')}
              >
                <MiniPayoff structure={c.structure} />
                <span className="min-w-0">
                  <span className="block truncate text-xs font-medium">{t(c.structure.id as Parameters<typeof t>[0])}</span>
                  <span className="block truncate text-2xs text-muted">{[...new Set(c.legs.map((leg) => strike(leg.strike_micros)))].join(' / ')}</span>
                </span>
                <span className={cx('text-right text-xs font-semibold', c.net < 0 && 'text-up')}>
                  {number(Math.abs(c.net), 2)} <span className="text-2xs font-normal text-muted">{c.net < 0 ? t('credit') : t('debit')}</span>
                </span>
                <span className="col-span-3 mt-0.5 flex flex-wrap items-center gap-x-3 text-2xs text-muted">
                  <span>{t('findChance', { x: percent(c.chance, 0) })}</span>
                  <span>
                    {t('findValue')} <span className={tone(Math.round(c.expected))}>{gain(c.expected)}</span>
                  </span>
                  <span>{t('findWorst', { x: dollars(c.lossMost) })}</span>
                  <span>{t('findCrossing', { x: dollars(c.crossing) })}</span>
                  {verdict && <span>{t('findMargin', { x: dollars(fromMicros((verdict.margin_after_micros ?? 0) - (verdict.margin_before_micros ?? 0))) })}</span>}
                  {verdict && <Badge tone={verdict.allowed ? 'up' : 'down'}>{verdict.allowed ? t('findAllowed') : t('findRefused')}</Badge>}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
      <Step n={4} title={t('findAdjust')} />
      <Step n={5} title={t('findCheck')}>
        <Button size="small" onClick={() => setRound((n) => n + 1)}>
          {t('findAgain')}
        </Button>
      </Step>
    </section>
  )
}

function Step({ n, title, children }: { n: number; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
      <span aria-hidden="true" className="grid size-4.5 shrink-0 place-items-center rounded-full bg-accent-soft text-2xs font-semibold text-accent">
        {n}
      </span>
      <h2 className="min-w-0 flex-1 text-xs font-medium">{title}</h2>
      {children}
    </div>
  )
}
