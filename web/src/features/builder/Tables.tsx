import { useMemo, useState } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { Button, cx, Help, NumberInput, Segmented, Select } from '@/components/ui'
import type { FactId } from '@/i18n/en/facts'
import { SvgPlot } from '@/components/plot/SvgPlot'
import { dollars, gain, number, signed, tone } from '@/lib/format'
import { greeks, grid, horizon, profit, type DraftGreeks, type PricedLeg } from '@/lib/payoff/payoff'
import { cell, head } from './cells'
import { OwnSlice } from './OwnSlice'
import { tablePrices } from './prices'
import type { Sigmas } from './sigmas'
import { priceOf, stepOf, useOwnSlices, type Slice, type Unit } from './slices'

export interface TableProps {
  legs: readonly PricedLeg[]
  spot: number
  from: number
  to: number
  yearsAhead: number
  shift: number
  sigmas: Sigmas | null
  breakevens: readonly number[]
}

const DAY = 1 / 365
/** The chart as figures: price by date. */
export function ProfitTable({ legs, spot, from, to, shift, breakevens }: TableProps) {
  const end = horizon(legs)
  const columns = useMemo(() => Array.from({ length: 6 }, (_, i) => (i === 5 ? end : (end * i) / 5)), [end])
  const prices = useMemo(() => tablePrices(from, to, [spot, ...breakevens], 12), [from, to, spot, breakevens])
  const most = Math.max(1, ...prices.flatMap((p) => columns.map((c) => Math.abs(profit(legs, p, c, c === end ? 0 : shift)))))
  return (
    <div className="overflow-auto" tabIndex={0} role="region" aria-label={t('table')}>
      <table className="w-full border-separate border-spacing-0 text-xs">
        <caption className="quiet">{t('table')}</caption>
        <thead>
          <tr>
            <th scope="col" className={cx(head, 'sticky left-0')}>
              {t('price')}
            </th>
            {columns.map((c, i) => (
              <th key={c} scope="col" className={head}>
                {i === 0 ? t('today') : i === columns.length - 1 ? t('expiryText') : end < 6 * DAY ? t('hours', { n: Math.round(c / DAY * 24) }) : t('daysText', { n: Math.round(c / DAY) })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {prices.map((p) => (
            <tr key={p} className={p === spot ? 'font-semibold' : ''}>
              <th scope="row" className={cx(cell, 'sticky left-0 bg-panel font-medium', p === spot ? 'text-accent' : breakevens.includes(p) ? 'text-warn' : 'text-muted')}>
                {number(p, 1)}
              </th>
              {columns.map((c) => {
                const value = profit(legs, p, c, c === end ? 0 : shift)
                return (
                  <td key={c} className={cx(cell, tone(Math.round(value)), heat(value / most))}>
                    {gain(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A quiet ground for larger amounts; text on it keeps its contrast. */
function heat(share: number): string {
  if (share > 0.25) return 'bg-up-soft'
  if (share < -0.25) return 'bg-down-soft'
  return ''
}

/** Away from the spot where nothing else is known of how it moves. */
const GUESS = 0.02

const sliceHeads: { name: Parameters<typeof t>[0]; help: FactId }[] = [
  { name: 'price', help: 'price' },
  { name: 'atDate', help: 'pnlAtDate' },
  { name: 'atExpiry', help: 'pnlAtExpiry' },
  { name: 'delta', help: 'delta' },
  { name: 'gamma', help: 'gamma' },
  { name: 'theta', help: 'theta' },
  { name: 'vega', help: 'vega' },
]

interface SliceRow {
  key: string
  label: string
  price: number
  own?: Slice
}

/** Rows that one sets, by price, by percent or by deviations: what it makes there, and how it moves. */
export function Slices({ legs, spot, yearsAhead, shift, sigmas, breakevens }: TableProps) {
  const own = useOwnSlices()
  const [unit, setUnit] = useState<Unit>('dollars')
  const [next, setNext] = useState(Math.round(spot))
  const end = horizon(legs)
  const at = (z: number) => sigmas?.priceAt(z) ?? spot * (1 + z * GUESS)
  const away = (price: number) => {
    const z = sigmas?.of(price) ?? null
    return z === null ? '' : ` ${signed(z, 1)}σ`
  }
  const rows: SliceRow[] = [
    ...[-2, -1, 1, 2].map((n) => ({ key: `${n}`, label: `${signed(n)}σ`, price: at(n) })),
    { key: 'spot', label: t('spot'), price: spot },
    ...breakevens.map((price, i) => ({ key: `be${i}`, label: t('breakeven', { x: away(price) }).trim(), price })),
    ...own.slices.map((slice) => ({ key: `own${slice.id}`, label: '', price: priceOf(slice, spot, at), own: slice })),
  ].toSorted((a, b) => b.price - a.price)
  return (
    <div className="overflow-auto" tabIndex={0} role="region" aria-label={t('slices')}>
      <table className="w-full border-separate border-spacing-0 text-xs">
        <caption className="quiet">{t('slices')}</caption>
        <thead>
          <tr>
            <th scope="col" className={head}>
              <span className="quiet">{t('slice')}</span>
            </th>
            {sliceHeads.map(({ name, help }) => (
              <th key={name} scope="col" className={head}>
                <span className="inline-flex items-center gap-1">
                  <Help fact={help} /> {t(name)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const g = greeks(legs, row.price, yearsAhead, shift)
            const now = profit(legs, row.price, yearsAhead, shift)
            const then = profit(legs, row.price, end)
            return (
              <tr key={row.key}>
                <td className={cx(cell, 'text-left text-muted')}>{row.own ? <OwnSlice slice={row.own} n={own.slices.indexOf(row.own) + 1} onMove={own.move} onRemove={own.remove} /> : row.label}</td>
                <td className={cx(cell, 'font-medium')}>{number(row.price, 2)}</td>
                <td className={cx(cell, tone(now))}>{gain(now)}</td>
                <td className={cx(cell, tone(then))}>{gain(then)}</td>
                <td className={cell}>{signed(g.delta, 1)}</td>
                <td className={cell}>{signed(g.gamma, 2)}</td>
                <td className={cell}>{gain(g.theta)}</td>
                <td className={cell}>{gain(g.vega)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <form
        className="flex items-center gap-2 p-2"
        onSubmit={(event) => {
          event.preventDefault()
          own.add(unit, next)
        }}
      >
        <NumberInput label={t('sliceAdd')} value={next} onChange={setNext} {...stepOf(unit)} className="!w-24" />
        <Select<Unit>
          aria-label={t('sliceUnit')}
          value={unit}
          onChange={(to) => {
            setUnit(to)
            setNext(to === 'dollars' ? Math.round(spot) : 1.5)
          }}
          choices={(['dollars', 'percent', 'sigma'] as const).map((value) => ({ value, label: t(`unit_${value}`) }))}
          className="!w-auto"
        />
        <Button type="submit" size="small">
          {t('add')}
        </Button>
      </form>
    </div>
  )
}

const greekIds = ['delta', 'gamma', 'theta', 'vega'] as const

export function GreeksByPrice({ legs, spot, from, to, yearsAhead, shift }: TableProps) {
  const [greek, setGreek] = useState<keyof DraftGreeks>('delta')
  const xs = useMemo(() => grid(from, to, 160, [spot]), [from, to, spot])
  const values = useMemo(() => xs.map((x) => greeks(legs, x, yearsAhead, shift)[greek]), [xs, legs, yearsAhead, shift, greek])
  const here = greeks(legs, spot, yearsAhead, shift)[greek]
  const format = (v: number) => (greek === 'theta' || greek === 'vega' ? dollars(v) : number(v, greek === 'gamma' ? 2 : 0))
  return (
    <div className="flex h-full min-h-64 flex-col">
      <div className="p-2">
        <Segmented label={t('greek')} value={greek} onChange={setGreek} choices={greekIds.map((value) => ({ value, label: t(value) }))} />
      </div>
      <SvgPlot
        title={t('greeks')}
        summary={`${t(greek)} ${format(here)} @ ${number(spot, 2)}`}
        xs={xs}
        series={[{ label: t(greek), values, colour: 'var(--accent)' }]}
        marks={[{ x: spot, label: t('spot'), colour: 'var(--accent)' }]}
        formatX={(v) => number(v)}
        formatY={format}
        className="min-h-56 flex-1"
      />
    </div>
  )
}
