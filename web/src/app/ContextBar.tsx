import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Button, cx, Help, Select } from '@/components/ui'
import { useStale } from '@/lib/age'
import { api } from '@/lib/http'
import { dollars, fromMicros, gain, tone } from '@/lib/format'
import { useDesk } from '@/lib/desk'
import { useOne } from '@/lib/stream/client'
import { useSymbol } from '@/state/context'
import { useDraft } from '@/state/draft'
import { shell as t } from '@/i18n/en/shell'
import { DeskControl } from './DeskControl'
import { DeskState } from './DeskState'

/** What all screens look at, and what the account and the desk are at. */
export function ContextBar() {
  const [symbol, setSymbol] = useSymbol()
  const symbols = useSymbols(symbol)
  const legs = useDraft((s) => s.legs.length)
  const show = useDraft((s) => s.show)
  return (
    <div className="no-print flex h-9 shrink-0 items-center gap-2 border-b border-line bg-panel pr-3 coarse:h-12">
      {/* What finds no room here fades out, and scrolls; what stops the desk never leaves. */}
      <div className="flex h-full min-w-0 flex-1 items-center gap-3 overflow-x-auto pe-4 ps-3 [mask-image:linear-gradient(to_right,black_calc(100%-1rem),transparent)] rtl:[mask-image:linear-gradient(to_left,black_calc(100%-1rem),transparent)]">
        <label className="flex items-center gap-2">
          <span className="hidden text-2xs text-faint sm:inline">{t('underlying')}</span>
          <Select aria-label={t('underlying')} value={symbol} choices={symbols} onChange={setSymbol} className="!w-auto min-w-20 font-semibold" />
        </label>
        <DeskState />
        <AccountFigures />
      </div>
      {legs > 0 && (
        <Button size="small" look="primary" onClick={() => show(true)}>
          {t('ticket', { n: legs })}
        </Button>
      )}
      <DeskControl />
    </div>
  )
}

function useSymbols(current: string) {
  const desk = useDesk()
  const stored = useQuery({ queryKey: ['symbols'], queryFn: () => api('GET /api/v1/symbols'), staleTime: 60_000 })
  return useMemo(() => {
    const names = new Set([...(desk?.symbols ?? []), ...(stored.data?.items.map((s) => s.symbol) ?? []), current])
    return [...names].map((name) => ({ value: name, label: name }))
  }, [desk?.symbols, stored.data, current])
}

function AccountFigures() {
  const account = useOne('account')
  const stale = useStale()()
  if (!account) return null
  const today = fromMicros(account.pnl_today_micros)
  const figures = [
    { label: t('equity'), help: 'equity', value: dollars(fromMicros(account.equity_micros)), tone: '', from: '' },
    { label: t('today'), help: 'pnlDay', value: gain(today), tone: tone(today), from: '' },
    { label: t('margin'), help: 'margin', value: dollars(fromMicros(account.margin_micros)), tone: '', from: 'max-lg:hidden' },
    { label: t('buyingPower'), help: 'buyingPower', value: dollars(fromMicros(account.free_micros)), tone: '', from: '' },
  ] as const
  return (
    <dl className="hidden items-center gap-4 md:flex">
      {figures.map((f) => (
        <div key={f.label} className={cx('flex items-baseline gap-1.5 whitespace-nowrap', f.from)}>
          <dt className="flex items-baseline gap-1 text-2xs text-faint">
            {f.label} <Help fact={f.help} />
          </dt>
          <dd className={cx('text-xs font-semibold', f.tone, stale && 'stale')}>{f.value}</dd>
        </div>
      ))}
    </dl>
  )
}
