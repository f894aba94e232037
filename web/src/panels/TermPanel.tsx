import { useMemo } from 'react'
import { desk as t } from '@/i18n/en/desk'
import { SvgPlot } from '@/components/plot/SvgPlot'
import { cx, Empty, Help, Skeleton } from '@/components/ui'
import { useExpiries } from '@/lib/chain/source'
import { number, percent } from '@/lib/format'
import { useTopic } from '@/lib/stream/client'
import { useSymbol } from '@/state/context'

/** Where fear is dear: vol at the money by expiry, and whether the far is above the near. Same-day expiries are noise of their own. */
export function TermPanel() {
  const [symbol] = useSymbol()
  const expiries = useExpiries(symbol)
  const vix = useTopic('quotes')?.find((q) => q.symbol === 'VIX')
  const points = useMemo(
    () => [...new Map((expiries.data?.expiries ?? []).flatMap((e) => (e.atm_vol === null || e.days < 1 ? [] : [[e.days, e.atm_vol * 100] as const]))).entries()].toSorted((a, b) => a[0] - b[0]),
    [expiries.data],
  )
  const xs = useMemo(() => points.map(([days]) => days), [points])
  const series = useMemo(() => [{ label: t('term'), values: points.map(([, vol]) => vol), colour: 'var(--accent)' }], [points])
  const near = points[0]
  const far = points.at(-1)
  if (expiries.isPending) return <Skeleton rows={5} />
  if (!near || !far || near === far) return <Empty icon="volatility" title={t('noTerm')} />
  const by = far[1] - near[1]
  return (
    <div className="flex h-full flex-col">
      <p className="flex flex-wrap items-baseline gap-x-3 px-3 py-2 text-xs">
        <span className="font-semibold">{symbol}</span>
        <span className={cx('inline-flex items-baseline gap-1', by < 0 && 'text-warn')}>
          {t('termState', { state: t(by < 0 ? 'backwardation' : 'contango'), by: number(Math.abs(by), 1), above: t(by < 0 ? 'below' : 'above') })} <Help fact="atmVol" />
        </span>
        {vix?.last_micros != null && (
          <span className="text-muted">
            VIX <strong className="text-text">{number(vix.last_micros / 1e6, 2)}</strong>
          </span>
        )}
      </p>
      <SvgPlot
        title={t('term')}
        summary={t('termSummary', { symbol, near: percent(near[1] / 100), first: near[0], far: percent(far[1] / 100), last: far[0] })}
        xs={xs}
        series={series}
        dots={points.map(([x, y]) => ({ x, y, colour: 'var(--accent)' }))}
        floating
        formatX={(v) => `${number(v)} d`}
        formatY={(v) => `${number(v, 0)}%`}
        className="min-h-24 flex-1"
      />
    </div>
  )
}
