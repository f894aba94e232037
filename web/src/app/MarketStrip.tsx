import { cx } from '@/components/ui'
import { arrow, number, percent, signedPercent, tone } from '@/lib/format'
import { useStale } from '@/lib/age'
import { marketOrder } from '@/lib/market_order'
import { useTopic } from '@/lib/stream/client'
import { showSymbol } from '@/state/context'
import { shell as t } from '@/i18n/en/shell'
import type { Quote } from '@/api/types.gen'

/** The desk's underlyings at a glance; a click shows one everywhere. */
export function MarketStrip() {
  const quotes = useTopic('quotes')
  const stale = useStale()
  if (!quotes?.length) return null
  const sorted = quotes.toSorted(marketOrder)
  return (
    <ul aria-label={t('market')} className="hidden max-h-10 flex-wrap items-center justify-center gap-x-4 overflow-hidden lg:flex">
      {sorted.map((quote) => (
        <li key={quote.symbol} className="h-10">
          <Ticker quote={quote} stale={stale(quote.symbol)} />
        </li>
      ))}
    </ul>
  )
}

function Ticker({ quote, stale }: { quote: Quote; stale: boolean }) {
  const last = quote.last_micros
  const change = last !== null && quote.previous_close_micros ? last / quote.previous_close_micros - 1 : null
  const text = number(last === null ? null : last / 1e6, 2)
  return (
    <button type="button" onClick={() => showSymbol(quote.symbol)} title={quote.vol30 === null ? undefined : t('vol30', { x: percent(quote.vol30) })} className="flex h-10 items-center gap-1.5 text-xs whitespace-nowrap">
      <span className="font-semibold text-muted">{quote.symbol}</span>
      <span className={cx('font-medium', stale && 'stale')}>{text}</span>
      {change !== null && (
        <span className={cx('text-2xs', tone(change), stale && 'stale')}>
          <span aria-hidden="true">{arrow(change)}</span> {signedPercent(change)}
        </span>
      )}
    </button>
  )
}
