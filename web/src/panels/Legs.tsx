import { orders as t } from '@/i18n/en/orders'
import { cx, IconButton, NumberInput } from '@/components/ui'
import { day, number, percent, strike } from '@/lib/format'
import type { DraftMarket } from '@/lib/draft_market'
import { useDraft } from '@/state/draft'
import { legWords } from '@/lib/order_words'

/** The draft's legs: side, ratio, strike, each by mouse and by key. */
export function Legs({ market }: { market: DraftMarket }) {
  const { symbol, legs, setLeg, remove } = useDraft()
  return (
    <ul className="divide-y divide-line border-y border-line">
      {legs.map((leg, i) => {
        // By its root: SPX and SPXW of one day are two contracts.
        const what = legWords(leg.root, leg)
        const quote = market.quotes[i]
        const rows = market.strikes(leg.expiry, leg.root)
        const at = rows.findIndex((row) => row.strike_micros === leg.strike_micros)
        const step = (by: number) => {
          const next = rows[at + by]
          if (next) setLeg(i, { strike_micros: next.strike_micros })
        }
        return (
          <li key={`${leg.root}${leg.expiry}${leg.right}${leg.strike_micros}`} className="grid grid-cols-[auto_auto_1fr_auto_auto] items-center gap-2 px-3 py-1.5">
            <button
              type="button"
              aria-label={t('flip', { what })}
              onClick={() => setLeg(i, { side: leg.side === 'buy' ? 'sell' : 'buy' })}
              className={cx('h-6 w-12 rounded border text-xs font-semibold coarse:h-11', leg.side === 'buy' ? 'border-up/50 bg-up-soft text-up' : 'border-down/50 bg-down-soft text-down')}
            >
              {leg.side === 'buy' ? t('buy') : t('sell')}
            </button>
            <NumberInput label={t('ratio', { what })} value={leg.ratio} min={1} max={99} onChange={(ratio) => setLeg(i, { ratio })} className="!w-9 !px-1 text-center" />
            <div className="min-w-0">
              <div className="flex items-center gap-1 text-xs font-semibold">
                <span className={leg.right === 'call' ? 'text-call' : 'text-put'}>{leg.right === 'call' ? 'C' : 'P'}</span>
                <button type="button" aria-label={`${what} −`} onClick={() => step(-1)} className="grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-text">
                  ◂
                </button>
                <span className="min-w-10 text-center">{strike(leg.strike_micros)}</span>
                <button type="button" aria-label={`${what} +`} onClick={() => step(1)} className="grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-text">
                  ▸
                </button>
              </div>
              <div className="truncate text-2xs text-faint">
                {day(leg.expiry)} {leg.root === symbol ? '' : leg.root} · IV {percent(quote?.iv ?? null)} · Δ {number(quote?.delta ?? null, 2)}
              </div>
            </div>
            <div className="text-right text-xs leading-4 text-muted">
              <div>{number(quote?.bid ?? null, 2)}</div>
              <div>{number(quote?.ask ?? null, 2)}</div>
            </div>
            <IconButton icon="close" label={t('remove', { what })} onClick={() => remove(i)} />
          </li>
        )
      })}
    </ul>
  )
}
