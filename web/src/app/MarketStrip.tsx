import { cx } from '@/components/ui'
import { arrow, number, percent, signedPercent, tone } from '@/lib/format'
import { useStale } from '@/lib/age'
import { useDesk } from '@/lib/desk'
import { stripOrder } from '@/lib/market_order'
import { useTopic } from '@/lib/stream/client'
import { showSymbol } from '@/state/context'
import { shell as t } from '@/i18n/en/shell'
import type { Quote } from '@/api/types.gen'

const none: readonly string[] = []

/** The desk's underlyings at a glance; a click shows one everywhere. Where there is less room the change is its sign, and in the title. */
export function MarketStrip() {
  const quotes = useTopic('quotes')
  const stale = useStale()
  const symbols = useDesk()?.symbols ?? none
  if (!quotes?.length) return null
  const sorted = stripOrder(quotes, symbols)
  return (
    <div className="@container hidden lg:block">
      <ul aria-label={t('market')} className="flex max-h-10 flex-wrap items-center justify-center gap-x-2.5 overflow-hidden @min-[56rem]:gap-x-4">
        {sorted.map((quote) => (
          <li key={quote.symbol} className="h-10">
            <Ticker quote={quote} stale={stale(quote.symbol)} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Ticker({ quote, stale }: { quote: Quote; stale: boolean }) {
  const last = quote.last_micros
  const change = last !== null && quote.previous_close_micros ? last / quote.previous_close_micros - 1 : null
  const text = number(last === null ? null : last / 1e6, 2)
  const about = [change === null ? '' : t('changeBy', { x: signedPercent(change) }), quote.vol30 === null ? '' : t('vol30', { x: percent(quote.vol30) })].filter(Boolean).join(' · ')
  return (
    <button type="button" onClick={() => showSymbol(quote.symbol)} title={about || undefined} className="flex h-10 items-center gap-1 text-xs whitespace-nowrap @min-[56rem]:gap-1.5">
      <span className="font-semibold text-muted">{quote.symbol}</span>
      <span className={cx('font-medium', stale && 'stale')}>{text}</span>
      {change !== null && (
        <span className={cx('text-2xs', tone(change), stale && 'stale')}>
          <span aria-hidden="true">{arrow(change)}</span> <span className="hidden @min-[56rem]:inline">{signedPercent(change)}</span>
        </span>
      )}
    </button>
  )
}
