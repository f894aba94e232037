import { useEffect, useState } from 'react'
import type { Correlations } from '@/api/types.gen'
import { cx } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { cssOf, inkOn, mix, parseHex, type Rgb } from '@/lib/contrast'
import { isBreak, matrixOf, type Measure } from '@/lib/correlations'
import { number, signed } from '@/lib/format'
import { colour, onTheme } from '@/state/prefs'

/** The ends of the scale and what lies between, as the theme has them now. */
function useScale(): (value: number) => { backgroundColor: string; color: string } | undefined {
  const [, again] = useState(0)
  useEffect(() => onTheme(() => again((n) => n + 1)), [])
  const [none, along, against] = (['panel', 'accent-strong', 'warn'] as const).map((token) => parseHex(colour(token)))
  return (value) => {
    const end: Rgb | null | undefined = value < 0 ? against : along
    if (!none || !end) return undefined
    const background = mix(none, end, Math.min(1, Math.abs(value)))
    return { backgroundColor: cssOf(background), color: cssOf(inkOn(background)) }
  }
}

/** Every underlying against every other; pairs that have changed are framed and marked. */
export function CorrelationMap({ of, measure, beyond }: { of: Correlations; measure: Measure; beyond: number }) {
  const style = useScale()
  const names = of.series.map((s) => s.symbol)
  const rows = matrixOf(of)
  return (
    <div className="overflow-auto p-2" tabIndex={0} role="region" aria-label={t('correlationMap')}>
      <table className="w-full border-separate border-spacing-px text-center text-xs">
        <caption className="quiet">
          {t('correlationMap')}: {t(`m_${measure}`)}
        </caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col" className="px-1 py-1 text-2xs font-medium text-muted">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={names[r]}>
              <th scope="row" className="px-1 py-1 text-left text-2xs font-medium text-muted">
                {names[r]}
              </th>
              {row.map((pair, c) => {
                const value = pair?.[measure] ?? null
                const broken = pair !== null && isBreak(pair, beyond)
                return (
                  <td key={names[c]} className={cx('h-9 min-w-11 rounded-[3px] px-1', value === null && 'bg-inset text-faint', broken && 'font-semibold outline-2 -outline-offset-2 outline-text')} style={value === null ? undefined : style(value)} title={pair ? `${pair.a} ${pair.b} · z ${signed(pair.score, 1)}` : undefined}>
                    {pair === null ? <span aria-hidden="true">·</span> : number(value, 2)}
                    {broken && (
                      <>
                        <span aria-hidden="true"> !</span>
                        <span className="quiet"> {t('broken')}</span>
                      </>
                    )}
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
