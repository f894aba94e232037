import { useState } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Segmented } from '@/components/ui'
import type { Interval } from '@/lib/bars/bars'
import type { Indicator } from '@/lib/bars/picture'
import { Candles } from '@/panels/Candles'
import { useSymbol } from '@/state/context'

const shown: readonly Indicator[] = ['sma']
const INTERVALS: readonly Interval[] = ['5', '60', '300', 'day']

export default function ChartPanel() {
  const [symbol] = useSymbol()
  const [interval, setInterval_] = useState<Interval>('60')
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-2 px-2 py-1">
        <span className="font-semibold">{symbol}</span>
        <Segmented<Interval> label={t('interval')} value={interval} onChange={setInterval_} choices={INTERVALS.map((value) => ({ value, label: value === 'day' ? t('day') : t(`i${value}`) }))} />
      </div>
      <div className="min-h-0 flex-1">
        <Candles key={`${symbol} ${interval}`} symbol={symbol} interval={interval} indicators={shown} />
      </div>
    </div>
  )
}
