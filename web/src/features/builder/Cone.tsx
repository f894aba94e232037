import { useMemo } from 'react'
import type { Expiry } from '@/api/types.gen'
import { builder as t } from '@/i18n/en/builder'
import { Empty } from '@/components/ui'
import { SvgPlot, type Series } from '@/components/plot/SvgPlot'
import { number, signed } from '@/lib/format'
import { priceAtSigma } from '@/lib/payoff/payoff'
import { cell, head } from './cells'

interface Props {
  front: Expiry | null
  spot: number
  breakevens: readonly number[]
}

const STEPS = 48
const ROWS = 6
const DEVIATIONS = [2, 1, 0, -1, -2] as const

/** Where the price may stand on each day until the first expiry: one deviation and two, and the breakevens it has to stay clear of. */
export function Cone({ front, spot, breakevens }: Props) {
  const view = useMemo(() => {
    if (!front || front.forward === null || front.atm_vol === null || front.years <= 0) return null
    const { forward, atm_vol: vol, years } = front
    const at = (z: number, part: number) => priceAtSigma(z, spot * (forward / spot) ** part, vol, years * part)
    const parts = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS)
    const line = (z: number, rest: Omit<Series, 'label' | 'values'>): Series => ({ label: z === 0 ? t('middle') : `${signed(z)}σ`, values: parts.map((part) => at(z, part)), ...rest })
    const series: Series[] = [
      line(2, { colour: 'var(--muted)', dash: '3 3', width: 1.25, band: true }),
      line(-2, { colour: 'var(--muted)', dash: '3 3', width: 1.25 }),
      line(1, { colour: 'var(--accent)', width: 1.5, band: true }),
      line(-1, { colour: 'var(--accent)', width: 1.5 }),
      line(0, { colour: 'var(--text)', dash: '6 4', width: 1.25 }),
      ...breakevens.map((price): Series => ({ label: t('breakeven', { x: number(price, 1) }), values: parts.map(() => price), colour: 'var(--warn)', dash: '2 4', width: 1.25 })),
    ]
    const summary = t('coneSummary', { low: number(at(-1, 1), 1), high: number(at(1, 1), 1), lowest: number(at(-2, 1), 1), highest: number(at(2, 1), 1) })
    return { days: years * 365, at, xs: parts.map((part) => part * years * 365), series, summary }
  }, [front, spot, breakevens])
  if (!view) return <Empty title={t('coneNone')} />
  const days = (value: number) => t('daysText', { n: Math.round(value * 10) / 10 })
  return (
    <div className="overflow-auto" tabIndex={0} role="region" aria-label={t('cone')}>
      <p className="px-3 pt-2 text-xs text-muted">{view.summary}</p>
      <SvgPlot title={t('coneTitle')} summary={view.summary} xs={view.xs} series={view.series} floating legendLeft formatX={days} formatY={(v) => number(v, v > 1000 ? 0 : 1)} className="h-72" />
      <table className="w-full border-separate border-spacing-0 text-xs">
        <caption className="quiet">{t('coneTitle')}</caption>
        <thead>
          <tr>
            <th scope="col" className={head}>
              {t('date')}
            </th>
            {DEVIATIONS.map((z) => (
              <th key={z} scope="col" className={head}>
                {z === 0 ? t('middle') : `${signed(z)}σ`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: ROWS }, (_, i) => (i + 1) / ROWS).map((part) => (
            <tr key={part}>
              <th scope="row" className={`${cell} font-medium text-muted`}>
                {days(view.days * part)}
              </th>
              {DEVIATIONS.map((z) => (
                <td key={z} className={cell}>
                  {number(view.at(z, part), 1)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
