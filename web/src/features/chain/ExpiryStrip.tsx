import { useEffect, useRef } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { cx } from '@/components/ui'
import { day, number, percent, weekday } from '@/lib/format'
import type { Expiry } from '@/api/types.gen'
import { expiryKey, settlementOf, shareDay } from '@/lib/chain/expiry'

interface Props {
  expiries: readonly Expiry[]
  /** Its key. Null: all; undefined: none of them, where the screen shows something else. */
  shown: string | null | undefined
  onShow: (key: string | null) => void
  /** All expiries in one long list, where the desk streams them. */
  canAll: boolean
}

/** Each expiry with what one asks first: days, vol, expected move, how it settles. */
export function ExpiryStrip({ expiries, shown, onShow, canAll }: Props) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-checked=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [shown])
  const item = (checked: boolean) =>
    cx('grid h-11 min-w-[5.5rem] shrink-0 content-center rounded-[5px] border px-2 text-left', checked ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover')
  const step = (by: number) => {
    const all = [...(canAll ? [null] : []), ...expiries.map(expiryKey)]
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
          <span className="text-2xs text-muted">{t('rows', { n: expiries.reduce((sum, e) => sum + e.strikes, 0) })}</span>
        </button>
      )}
      {expiries.map((e, i) => {
        const key = expiryKey(e)
        const settlement = settlementOf(e)
        return (
          <button key={key} type="button" role="radio" aria-checked={shown === key} tabIndex={shown === key || (shown === undefined && !canAll && i === 0) ? 0 : -1} onClick={() => onShow(key)} className={item(shown === key)}>
            <span className="flex items-baseline gap-1.5 text-xs font-semibold whitespace-nowrap">
              {day(e.expiry)} <span className="text-2xs font-normal text-muted">{shareDay(expiries, e) ? e.root : weekday(e.expiry)}</span>
              <span className="flex-1" />
              <span className={cx('text-2xs', e.days === 0 ? 'text-warn' : 'text-muted')}>{t('dte', { n: e.days })}</span>
            </span>
            <span className="flex gap-1.5 text-2xs whitespace-nowrap text-muted">
              {percent(e.atm_vol)}
              {e.forward !== null && e.atm_vol !== null && <span>{t('em', { x: number(e.forward * e.atm_vol * Math.sqrt(e.years), e.forward > 1000 ? 0 : 1) })}</span>}
              <span className="flex-1" />
              <span title={t(`${settlement}Title`)} className={settlement === 'pm' ? 'text-faint' : 'text-warn'}>
                {t(settlement)}
              </span>
            </span>
          </button>
        )
      })}
    </div>
  )
}
