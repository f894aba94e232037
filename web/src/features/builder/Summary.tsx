import { useMemo } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { Stat, Stats } from '@/components/ui'
import type { FactId } from '@/i18n/en/facts'
import { dollars, fromMicros, gain, number, percent, signed, tone } from '@/lib/format'
import type { DraftMarket } from '@/lib/draft_market'
import { chances, extremes, greeks, horizon } from '@/lib/payoff/payoff'
import { addedBy, type Added } from '@/lib/margin'
import type { Verdict } from '@/lib/preview'
import type { BothMargins } from './margins'
import type { Sigmas } from './sigmas'

/** What matters of a draft, always in sight. */
export function Summary({ market, verdict, margins, sigmas }: { market: DraftMarket; verdict: Verdict; margins: BothMargins | null; sigmas: Sigmas | null }) {
  const { priced, spot, front } = market
  const found = useMemo(() => {
    if (priced.length === 0 || spot === null) return null
    const vol = front?.atm_vol ?? priced[0]?.vol ?? null
    const forward = front?.forward ?? spot
    return { ends: extremes(priced), chance: vol === null ? null : chances(priced, forward, vol), g: greeks(priced, spot, 0), end: horizon(priced) }
  }, [priced, spot, front])
  const credit = market.mid !== null && market.mid < 0
  const ends = found?.ends
  const away = (ends?.breakevens ?? []).flatMap((b) => sigmas?.of(b) ?? []).map((z) => `${signed(z, 1)}σ`)
  const p = verdict.preview
  return (
    <Stats className="grid-cols-[repeat(auto-fill,minmax(7.4rem,1fr))] gap-y-2.5 border-b border-line px-3 py-2.5">
      <Stat label={t('net', { kind: credit ? t('credit') : t('debit') })} help="net" tone={credit ? 'text-up' : ''} value={number(market.mid === null ? null : Math.abs(market.mid), 2)} />
      <Stat label={t('maxProfit')} help="maxProfit" tone="text-up" value={!found ? '—' : !ends ? t('several') : ends.profitUnbounded ? t('unlimited') : dollars(ends.maxProfit)} />
      <Stat label={t('maxLoss')} help="maxLoss" tone="text-down" value={!found ? '—' : !ends ? t('several') : ends.lossUnbounded ? t('unlimited') : dollars(ends.maxLoss)} />
      <Stat label={t('breakevens')} help="breakevens" value={ends?.breakevens.length ? ends.breakevens.map((b) => number(b, b > 1000 ? 0 : 1)).join(' / ') : '—'} detail={away.length > 0 ? away.join(' / ') : undefined} />
      <Stat label={t('pop')} help="pop" value={percent(found?.chance?.profit ?? null)} />
      <Stat label={t('ev')} help="expectedValue" tone={tone(found?.chance?.expected)} value={gain(found?.chance?.expected ?? null)} />
      <Stat label={t('delta')} help="delta" value={signed(found?.g.delta ?? null, 1)} />
      <Stat label={t('thetaDay')} help="theta" value={gain(found?.g.theta ?? null)} />
      <Stat label={t('vegaPt')} help="vega" value={gain(found?.g.vega ?? null)} />
      <Margin label={t('margin')} help="margin" of={addedBy(p?.margin_before_micros, p?.margin_after_micros)} />
      <Margin label={t('marginRegT')} help="regulationT" of={margins?.regT ?? null} />
      <Margin label={t('marginPortfolio')} help="portfolioMargin" of={margins?.portfolio ?? null} />
      <Stat label={t('fees')} help="fees" value={dollars(fromMicros(p?.fees_micros), 2)} />
    </Stats>
  )
}

/** What this trade adds; under it, apart, what the whole account must hold then. */
function Margin({ label, help, of }: { label: string; help: FactId; of: Added | null }) {
  return <Stat label={label} help={help} value={gain(of?.added ?? null)} detail={of?.total == null ? undefined : t('marginTotal', { x: dollars(of.total) })} />
}
