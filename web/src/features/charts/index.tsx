import { useMemo, useState } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Button, cx, Segmented, Table, type Column } from '@/components/ui'
import { useExpiries } from '@/lib/chain/source'
import { number } from '@/lib/format'
import { useParam } from '@/lib/router'
import { useShortcuts } from '@/lib/shortcuts'
import { useSymbol } from '@/state/context'
import { Candles, useBars, type CandleBar, type Indicator, type Interval } from '@/panels/Candles'

const INTERVALS: readonly Interval[] = ['5', '60', '300', '900', 'day']
const INDICATORS: readonly Indicator[] = ['sma20', 'ema50', 'bands', 'rsi']

export default function ChartsScreen() {
  const [symbol] = useSymbol()
  const [param, setParam] = useParam('interval')
  const [chosen, setChosen] = useParam('with')
  const [asTable, setTable] = useState(false)
  const interval = INTERVALS.find((i) => i === param) ?? '60'
  const indicators = useMemo(() => INDICATORS.filter((i) => (chosen ?? 'sma20').split(',').includes(i)), [chosen])
  const moveShown = (chosen ?? '').split(',').includes('move')
  const levels = useLevels(symbol, moveShown)
  const toggle = (id: string) => {
    const now = new Set((chosen ?? 'sma20').split(',').filter(Boolean))
    if (!now.delete(id)) now.add(id)
    setChosen([...now].join(',') || 'none')
  }
  // Digits are intervals, as traders expect.
  useShortcuts({ 1: () => setParam('60'), 5: () => setParam('300'), 0: () => setParam('5'), d: () => setParam('day') })
  const button = (id: string, label: string, on: boolean) => (
    <button key={id} type="button" aria-pressed={on} onClick={() => toggle(id)} className={cx('h-control rounded-[5px] border px-2 text-xs', on ? 'border-accent bg-accent-soft text-text' : 'border-line text-muted hover:text-text')}>
      {label}
    </button>
  )
  return (
    <div className="flex h-full flex-col bg-panel">
      <h1 className="quiet">
        {t('title')} {symbol}
      </h1>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <Segmented<Interval> label={t('interval')} value={interval} onChange={setParam} choices={INTERVALS.map((value) => ({ value, label: value === 'day' ? t('day') : t(`i${value}`) }))} />
        <div role="group" aria-label={t('indicators')} className="flex flex-wrap gap-1">
          {INDICATORS.map((id) => button(id, t(id), indicators.includes(id)))}
          {button('move', t('move'), moveShown)}
        </div>
        <div className="flex-1" />
        <Button size="small" look="quiet" icon={asTable ? 'plot' : 'table'} onClick={() => setTable(!asTable)}>
          {asTable ? t('asChart') : t('asTable')}
        </Button>
      </div>
      <div className="min-h-0 flex-1">{asTable ? <BarsTable symbol={symbol} interval={interval} /> : <Candles key={`${symbol} ${interval}`} symbol={symbol} interval={interval} indicators={indicators} levels={levels} />}</div>
    </div>
  )
}

/** One standard deviation to the nearest expiry, up and down. */
function useLevels(symbol: string, shown: boolean) {
  const expiries = useExpiries(symbol)
  const front = shown ? expiries.data?.expiries[0] : undefined
  const forward = front?.forward ?? null
  const move = forward !== null && front?.atm_vol != null ? forward * front.atm_vol * Math.sqrt(front.years) : null
  return useMemo(
    () =>
      forward === null || move === null
        ? []
        : [
            { price: forward + move, title: `+1σ ${front?.expiry ?? ''}` },
            { price: forward - move, title: `−1σ ${front?.expiry ?? ''}` },
          ],
    [forward, move, front?.expiry],
  )
}

function BarsTable({ symbol, interval }: { symbol: string; interval: Interval }) {
  const bars = useBars(symbol, interval)
  const price = (id: 'open' | 'high' | 'low' | 'close'): Column<CandleBar> => ({ id, head: t(id), figures: true, cell: (b) => number(b[id], 2), sort: (b) => b[id] })
  const columns: Column<CandleBar>[] = [
    { id: 'time', head: t('time'), cell: (b) => new Date(b.time * 1000).toISOString().slice(0, interval === 'day' ? 10 : 19).replace('T', ' '), sort: (b) => b.time },
    price('open'),
    price('high'),
    price('low'),
    price('close'),
  ]
  return <Table label={t('table')} rows={(bars.data ?? []).slice(-200).toReversed()} columns={columns} rowKey={(b) => String(b.time)} />
}
