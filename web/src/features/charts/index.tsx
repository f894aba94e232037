import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Button, cx, Input, Segmented, Select, Table, type Column } from '@/components/ui'
import { useExpiries } from '@/lib/chain/source'
import { useDesk } from '@/lib/desk'
import { number } from '@/lib/format'
import { api } from '@/lib/http'
import { useParam } from '@/lib/router'
import { useShortcuts } from '@/lib/shortcuts'
import { showSymbol, useSymbol } from '@/state/context'
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
  const { levels, cone } = useMove(symbol, moveShown)
  const [compare, setCompare] = useParam('compare')
  const others = useSymbols().filter((name) => name !== symbol)
  const [markParam] = useParam('marks')
  const marks = useMemo(
    () =>
      (markParam ?? '').split(',').flatMap((part) => {
        const [day, kind] = part.split(':')
        return day && (kind === 'in' || kind === 'out') ? [{ day, text: t(kind === 'in' ? 'markIn' : 'markOut') }] : []
      }),
    [markParam],
  )
  const [typed, setTyped] = useState<string | null>(null)
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
        <Select
          aria-label={t('compare')}
          value={compare ?? ''}
          choices={[{ value: '', label: t('compareNone') }, ...others.map((name) => ({ value: name, label: t('compareWith', { name }) }))]}
          onChange={(next) => setCompare(next || null)}
          className="!w-auto text-xs"
        />
        <div className="flex-1" />
        <Button size="small" look="quiet" icon={asTable ? 'plot' : 'table'} onClick={() => setTable(!asTable)}>
          {asTable ? t('asChart') : t('asTable')}
        </Button>
      </div>
      {/* A letter typed on the chart begins a symbol. */}
      <div
        className="relative min-h-0 flex-1"
        role="region"
        aria-label={t('plot')}
        tabIndex={0}
        onKeyDown={(event) => {
          if (typed !== null || event.ctrlKey || event.metaKey || event.altKey || !/^[a-zA-Z]$/.test(event.key)) return
          event.preventDefault()
          event.stopPropagation()
          setTyped(event.key.toUpperCase())
        }}
      >
        {typed !== null && <SymbolBox first={typed} onClose={() => setTyped(null)} />}
        {asTable ? <BarsTable symbol={symbol} interval={interval} /> : <Candles key={`${symbol} ${interval}`} symbol={symbol} interval={interval} indicators={indicators} levels={levels} cone={cone} compare={compare && compare !== symbol ? compare : null} marks={marks} />}
      </div>
    </div>
  )
}

/** What is typed, and what it begins; Enter takes the first. */
function SymbolBox({ first, onClose }: { first: string; onClose: () => void }) {
  const [text, setText] = useState(first)
  const symbols = useSymbols()
  const found = symbols.filter((name) => name.startsWith(text))
  const take = (name: string | undefined) => {
    if (name) showSymbol(name)
    onClose()
  }
  return (
    <form
      className="absolute top-4 left-1/2 z-20 grid w-56 -translate-x-1/2 gap-2 rounded-lg border border-line-strong bg-raised p-2 shadow-float"
      onSubmit={(event) => {
        event.preventDefault()
        take(found[0])
      }}
    >
      <Input
        aria-label={t('symbol')}
        value={text}
        autoFocus
        onChange={(event) => setText(event.target.value.toUpperCase())}
        onBlur={onClose}
        onKeyDown={(event) => event.key === 'Escape' && onClose()}
        className="text-center text-lg font-semibold"
      />
      <p role="status" className="text-center text-xs text-muted">
        {found.length ? found.join(' · ') : t('noSymbol', { text })}
      </p>
    </form>
  )
}

function useSymbols(): string[] {
  const desk = useDesk()
  const stored = useQuery({ queryKey: ['symbols'], queryFn: () => api('GET /api/v1/symbols'), staleTime: 60_000 })
  return [...new Set([...(desk?.symbols ?? []), ...(stored.data?.items.map((s) => s.symbol) ?? [])])]
}

/** One standard deviation to the nearest expiry, up and down: the levels at its end, and the way there. */
function useMove(symbol: string, shown: boolean) {
  const expiries = useExpiries(symbol)
  const front = shown ? expiries.data?.expiries[0] : undefined
  const forward = front?.forward ?? null
  const move = forward !== null && front?.atm_vol != null ? forward * front.atm_vol * Math.sqrt(front.years) : null
  return useMemo(
    () =>
      forward === null || move === null || !front
        ? { levels: [], cone: null }
        : {
            levels: [
              { price: forward + move, title: `+1σ ${front.expiry}` },
              { price: forward - move, title: `−1σ ${front.expiry}` },
            ],
            cone: { move, seconds: front.years * 365 * 86_400 },
          },
    [forward, move, front],
  )
}

const barFacts = { open: 'barOpen', high: 'barHigh', low: 'barLow', close: 'barClose' } as const

function BarsTable({ symbol, interval }: { symbol: string; interval: Interval }) {
  const bars = useBars(symbol, interval)
  const price = (id: 'open' | 'high' | 'low' | 'close'): Column<CandleBar> => ({ id, head: t(id), figures: true, help: barFacts[id], cell: (b) => number(b[id], 2), sort: (b) => b[id] })
  const columns: Column<CandleBar>[] = [
    { id: 'time', head: t('time'), cell: (b) => new Date(b.time * 1000).toISOString().slice(0, interval === 'day' ? 10 : 19).replace('T', ' '), sort: (b) => b.time },
    price('open'),
    price('high'),
    price('low'),
    price('close'),
  ]
  return <Table label={t('table')} rows={(bars.data ?? []).slice(-200).toReversed()} columns={columns} rowKey={(b) => String(b.time)} />
}
