import { useMemo } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Table, type Column } from '@/components/ui'
import type { CandleBar, Interval } from '@/lib/bars/bars'
import { compared } from '@/lib/bars/compare'
import { known } from '@/lib/bars/replay'
import { useBars, useBarsOf, useStoredDay } from '@/lib/bars/source'
import { compact, number, signedPercent } from '@/lib/format'

const ROWS = 200
const barFacts = { open: 'barOpen', high: 'barHigh', low: 'barLow', close: 'barClose' } as const

/** The plot's twin: the last bars, and what is compared, counted from the first of them. */
export function BarsTable({ symbol, interval, compare, moment }: { symbol: string; interval: Interval; compare: readonly string[]; moment: number | null }) {
  const day = useStoredDay(symbol, interval, moment)
  const all = useBars(symbol, interval, day).data
  const others = useBarsOf(compare, interval, day)
  const bars = useMemo(() => known(all ?? [], interval, moment).slice(-ROWS), [all, interval, moment])
  const changes = useMemo(
    () => [symbol, ...compare].map((name, i) => ({ name, at: new Map(compared(name, i === 0 ? bars : known(others[i - 1] ?? [], interval, moment), bars, 0).line.map((p) => [p.time, p.value])) })),
    [symbol, compare, bars, others, interval, moment],
  )
  const price = (id: 'open' | 'high' | 'low' | 'close'): Column<CandleBar> => ({ id, head: t(id), figures: true, help: barFacts[id], cell: (b) => number(b[id], 2), sort: (b) => b[id] })
  const columns: Column<CandleBar>[] = [
    { id: 'time', head: t('time'), cell: (b) => new Date(b.time * 1000).toISOString().slice(0, interval === 'day' ? 10 : 19).replace('T', ' '), sort: (b) => b.time },
    price('open'),
    price('high'),
    price('low'),
    price('close'),
    ...(bars.some((b) => b.volume !== null) ? [{ id: 'volume', head: t('volume'), figures: true, help: 'barVolume', cell: (b: CandleBar) => compact(b.volume), sort: (b: CandleBar) => b.volume } as const] : []),
    ...(compare.length === 0 ? [] : changes).map(({ name, at }): Column<CandleBar> => {
      const value = (b: CandleBar) => at.get(b.time) ?? null
      return { id: `change-${name}`, head: t('changeOf', { name }), figures: true, help: 'changeInView', cell: (b) => signedPercent(value(b) === null ? null : (value(b) as number) / 100), sort: value }
    }),
  ]
  return <Table label={t('table')} rows={bars.toReversed()} columns={columns} rowKey={(b) => String(b.time)} />
}
