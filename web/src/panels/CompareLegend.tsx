import { charts as t } from '@/i18n/en/charts'
import { Help, IconButton } from '@/components/ui'
import type { Interval } from '@/lib/bars/bars'
import { signedPercent, tone } from '@/lib/format'

export interface Entry {
  symbol: string
  /** Percent, by the last bar in view; null: it has none there. */
  change: number | null
  /** Where its 0 % lies, if it begins later than the view. */
  since: number | null
}

const dashes = [undefined, '5 4', '2 3', '9 5'] as const

/** What has come to what since the first bar in view. The first is the chart's own. */
export function CompareLegend({ entries, interval, onRemove }: { entries: readonly Entry[]; interval: Interval; onRemove: ((symbol: string) => void) | undefined }) {
  return (
    <div role="group" aria-label={t('legend')} className="pointer-events-none absolute top-2 left-2 z-10 max-w-[75%] rounded-[5px] border border-line bg-panel/90 px-2 py-1 text-xs">
      <p className="flex items-center gap-1 text-2xs text-muted">
        {t('sinceFirst')}
        <span className="pointer-events-auto inline-flex">
          <Help fact="changeInView" />
        </span>
      </p>
      <ul className="grid grid-cols-[auto_auto_auto_auto] items-center gap-x-2">
        {entries.map(({ symbol, change, since }, i) => (
          <li key={symbol} className="col-span-4 grid min-h-6 grid-cols-subgrid items-center coarse:min-h-11">
            <svg viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">
              {i === 0 ? <path d="M7 0v8M15 1v7M5 2h4v4H5zM13 3h4v3h-4z" fill="none" stroke="var(--muted)" strokeWidth="1.2" /> : <path d="M0 4h22" stroke={`var(--compare-${i})`} strokeWidth="2" strokeDasharray={dashes[i - 1]} />}
            </svg>
            <span className="font-semibold">{symbol}</span>
            <span className={change === null ? 'text-faint' : tone(change)}>
              {change === null ? t('nothingHere') : signedPercent(change / 100)}
              {since !== null && <span className="ml-1 text-faint">{t('since', { time: new Date(since * 1000).toISOString().slice(...(interval === 'day' ? ([5, 10] as const) : ([11, 16] as const))) })}</span>}
            </span>
            {i > 0 && onRemove ? <IconButton icon="close" size="small" label={t('removeCompare', { name: symbol })} onClick={() => onRemove(symbol)} className="pointer-events-auto" /> : <span />}
          </li>
        ))}
      </ul>
    </div>
  )
}
