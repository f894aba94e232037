import { useMemo } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { SvgPlot, type Mark, type Series } from '@/components/plot/SvgPlot'
import { dollars, gain, number, percent, signed } from '@/lib/format'
import { normCdf } from '@/lib/payoff/black'
import { density, extremes, grid, horizon, priceAtSigma, profit, type PricedLeg } from '@/lib/payoff/payoff'
import { cx } from '@/components/ui'
import { useStale } from '@/lib/age'
import { useDraft } from '@/state/draft'
import type { Expiry } from '@/api/types.gen'

interface Props {
  legs: readonly PricedLeg[]
  spot: number
  from: number
  to: number
  yearsAhead: number
  shift: number
  /** The first expiry: where the price may stand then is drawn as a hill, with one and two deviations. */
  ahead?: Pick<Expiry, 'forward' | 'atm_vol' | 'years'> | null
  className?: string
}

const BAND = 0.03

/** P/L at expiry and at a date, with the vols as they are and three points up and down. */
export function PayoffPlot({ legs, spot, from, to, yearsAhead, shift, ahead, className }: Props) {
  // Only the draft is drawn so.
  const stale = useStale()(useDraft((s) => s.symbol))
  const view = useMemo(() => {
    const found = extremes(legs)
    const end = horizon(legs)
    const ends = found?.breakevens ?? []
    const xs = grid(from, to, 320, [...legs.map((leg) => leg.strike), ...ends, spot])
    const atDate = xs.map((x) => profit(legs, x, yearsAhead, shift))
    const series: Series[] = [
      { label: t('atExpiry'), values: xs.map((x) => profit(legs, x, end)), colour: 'var(--text)', width: 1.9 },
      { label: t('atDate'), values: atDate, colour: 'var(--accent)', dash: '6 4', width: 1.75 },
      { label: '+', values: xs.map((x) => profit(legs, x, yearsAhead, shift + BAND)), colour: 'var(--accent)', width: 0, band: true },
      { label: '-', values: xs.map((x) => profit(legs, x, yearsAhead, shift - BAND)), colour: 'var(--accent)', width: 0 },
    ]
    const marks: Mark[] = [{ x: spot, label: `${t('spot')} ${number(spot, 1)}`, colour: 'var(--accent)' }, ...ends.filter((b) => b > from && b < to).map((b): Mark => ({ x: b, label: t('breakeven', { x: number(b, 1) }) }))]
    const values = series[0]?.values ?? []
    const summary = t('payoffSummary', {
      low: number(from),
      high: number(to),
      worst: gain(Math.min(...values)),
      best: gain(Math.max(...values)),
      now: gain(profit(legs, spot, yearsAhead, shift)),
      spot: number(spot, 2),
    })
    return { xs, series, marks, summary, ends }
  }, [legs, spot, from, to, yearsAhead, shift])
  const likely = useMemo(() => {
    if (!ahead || ahead.forward === null || ahead.atm_vol === null) return undefined
    const { forward, atm_vol, years } = ahead
    const at = (z: number) => priceAtSigma(z, forward, atm_vol, years)
    return {
      hill: { label: t('density'), values: view.xs.map((x) => density(x, forward, atm_vol, years)), colour: 'var(--muted)' },
      // The wider first: the nearer lies on it.
      shades: [2, 1].map((z) => ({ from: at(-z), to: at(z), colour: 'var(--band)', label: t('within', { n: z, share: percent(normCdf(z) - normCdf(-z), 0) }) })),
      marks: [-2, -1, 1, 2].filter((z) => at(z) > from && at(z) < to).map((z): Mark => ({ x: at(z), label: `${signed(z)}σ`, colour: 'var(--muted)', dash: '1 5', low: true })),
    }
  }, [ahead, view.xs, from, to])
  return (
    <SvgPlot
      title={t('payoff')}
      summary={view.summary}
      xs={view.xs}
      series={view.series}
      marks={[...view.marks, ...(likely?.marks ?? [])]}
      dots={view.ends.filter((b) => b > from && b < to).map((b) => ({ x: b, y: 0, colour: 'var(--accent)' }))}
      shades={likely?.shades}
      hill={likely?.hill}
      zeroFill
      formatX={(v) => number(v, v % 1 ? 1 : 0)}
      formatY={(v) => dollars(v)}
      className={cx(className, stale && 'opacity-50 grayscale')}
    />
  )
}
