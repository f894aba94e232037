import { useEffect, useRef } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { cx } from '@/components/ui'
import { day, number, percent, weekday } from '@/lib/format'
import type { Expiry } from '@/api/types.gen'

interface Props {
  expiries: readonly Expiry[]
  /** Null: all; undefined: none of them, where the screen shows something else. */
  shown: string | null | undefined
  onShow: (expiry: string | null) => void
  /** All expiries in one long list, where the desk streams them. */
  canAll: boolean
}

/** Each expiry with what one asks first: days, vol, expected move, how it settles. */
export function ExpiryStrip({ expiries, shown, onShow, canAll }: Props) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-checked=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [shown])
  // Where a day has two roots they are one chain with two settlements.
  const days = [...new Map(expiries.map((e) => [e.expiry, e])).values()]
  const item = (checked: boolean) =>
    cx('grid h-11 min-w-[5.5rem] shrink-0 content-center rounded-[5px] border px-2 text-left', checked ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover')
  const step = (by: number) => {
    const all = [...(canAll ? [null] : []), ...days.map((e) => e.expiry)]
    const next = all[(shown === undefined ? -1 : all.indexOf(shown)) + by]
    if (next === undefined) return
    onShow(next)
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[aria-checked=true]')?.focus())
  }
  return (
    <div
      ref={list}
      role="radiogroup"
      aria-label={t('expiries')}
      className="flex min-w-0 flex-1 gap-0.5 overflow-x-auto px-2 py-1"
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
          event.preventDefault()
          step(event.key === 'ArrowRight' ? 1 : -1)
        }
      }}
    >
      {canAll && (
        <button type="button" role="radio" aria-checked={shown === null} tabIndex={shown === null || shown === undefined ? 0 : -1} onClick={() => onShow(null)} className={item(shown === null)}>
          <span className="text-xs font-semibold">{t('allExpiries')}</span>
          <span className="text-2xs text-muted">{t('rows', { n: days.reduce((sum, e) => sum + e.strikes, 0) })}</span>
        </button>
      )}
      {days.map((e, i) => (
        <button key={e.expiry} type="button" role="radio" aria-checked={shown === e.expiry} tabIndex={shown === e.expiry || (shown === undefined && !canAll && i === 0) ? 0 : -1} onClick={() => onShow(e.expiry)} className={item(shown === e.expiry)}>
          <span className="flex items-baseline gap-1.5 text-xs font-semibold whitespace-nowrap">
            {day(e.expiry)} <span className="text-2xs font-normal text-muted">{weekday(e.expiry)}</span>
            <span className="flex-1" />
            <span className={cx('text-2xs', e.days === 0 ? 'text-warn' : 'text-muted')}>{t('dte', { n: e.days })}</span>
          </span>
          <span className="flex gap-1.5 text-2xs whitespace-nowrap text-muted">
            {percent(e.atm_vol)}
            {e.forward !== null && e.atm_vol !== null && <span>{t('em', { x: number(e.forward * e.atm_vol * Math.sqrt(e.years), e.forward > 1000 ? 0 : 1) })}</span>}
            {e.settle === 'am' && (
              <span title={t('amTitle')} className="text-warn">
                {t('am')}
              </span>
            )}
          </span>
        </button>
      ))}
    </div>
  )
}
