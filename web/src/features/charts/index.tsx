import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState, type KeyboardEvent } from 'react'
import { charts as t } from '@/i18n/en/charts'
import { Button, Segmented, Select } from '@/components/ui'
import { dayText, exchangeNs, type CandleBar, type Interval } from '@/lib/bars/bars'
import { COMPARE_MAX, parseCompare } from '@/lib/bars/compare'
import { known, parseMarks } from '@/lib/bars/replay'
import { parseWith, writeWith } from '@/lib/bars/with'
import { useExpiries, type AsOf } from '@/lib/chain/source'
import { useDesk } from '@/lib/desk'
import { day as dayShort } from '@/lib/format'
import { api } from '@/lib/http'
import { useParam } from '@/lib/router'
import { useShortcuts } from '@/lib/shortcuts'
import { showSymbol, useSymbol } from '@/state/context'
import { Candles } from '@/panels/Candles'
import { BarsTable } from './BarsTable'
import { Indicators } from './Indicators'
import { ReplayBar } from './ReplayBar'
import { TypeBox } from './TypeBox'
import { useReplay } from './useReplay'

const INTERVALS: readonly Interval[] = ['5', '60', '300', '900', 'day']
/* As they are typed: minutes are plain numbers, as traders expect. */
const INTERVAL_NAMES: readonly (readonly [string, Interval])[] = [
  ['1', '60'],
  ['1M', '60'],
  ['1D', 'day'],
  ['D', 'day'],
  ['15', '900'],
  ['15M', '900'],
  ['5', '300'],
  ['5M', '300'],
  ['5S', '5'],
]

type Typing = { what: 'symbol' | 'compare' | 'interval'; first: string }

export default function ChartsScreen() {
  const [symbol] = useSymbol()
  const [param, setParam] = useParam('interval')
  const [chosen, setChosen] = useParam('with')
  const [asTable, setTable] = useState(false)
  const [typing, setTyping] = useState<Typing | null>(null)
  const interval = INTERVALS.find((i) => i === param) ?? '60'
  const on = useMemo(() => parseWith(chosen), [chosen])
  const indicators = useMemo(() => on.indicators.filter((id) => id !== 'volume' || interval === 'day'), [on, interval])
  const moveShown = on.move
  const replay = useReplay(symbol, interval)
  const { moment } = replay
  const { levels, cone, missing } = useMove(symbol, moveShown, useAsOf(interval, replay.said, replay.bars), moment !== null)
  const symbols = useSymbols()
  const [compareParam, setCompare] = useParam('compare')
  const compare = useMemo(() => parseCompare(compareParam, symbol), [compareParam, symbol])
  const others = symbols.filter((name) => name !== symbol && !compare.includes(name))
  const [markParam] = useParam('marks')
  const marks = useMemo(() => parseMarks(markParam).map((mark) => ({ ...mark, text: t(mark.kind === 'in' ? 'markIn' : 'markOut') })), [markParam])

  const add = (name: string) => setCompare(parseCompare([...compare, name].join(','), symbol).join(','))
  const remove = useCallback((name: string) => setCompare(compare.filter((other) => other !== name).join(',') || null), [compare, setCompare])
  // Digits are intervals wherever they are typed; the rest is for who is on the chart.
  useShortcuts(Object.fromEntries([...'0123456789'].map((digit) => [digit, () => setTyping({ what: 'interval', first: digit })])))
  const onKey = (event: KeyboardEvent) => {
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return
    const own = event.target === event.currentTarget
    const act = actionOf(event.key, own, { setTyping, replay, compare, remove })
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  const box = typing && {
    symbol: { label: t('symbol'), find: (text: string) => symbols.filter((name) => name.startsWith(text)), none: (text: string) => t('noSymbol', { text }), onTake: showSymbol },
    compare: { label: t('compare'), find: (text: string) => others.filter((name) => name.startsWith(text)), none: (text: string) => t('noSymbol', { text }), onTake: add },
    interval: {
      label: t('typeInterval'),
      find: (text: string) => [...new Set(INTERVAL_NAMES.filter(([name]) => name.startsWith(text)).map(([, value]) => labelOf(value)))],
      none: (text: string) => t('noInterval', { text }),
      onTake: (label: string) => setParam(INTERVALS.find((value) => labelOf(value) === label) ?? null),
    },
  }[typing.what]
  return (
    <div className="flex h-full flex-col bg-panel">
      <h1 className="quiet">
        {t('title')} {symbol}
      </h1>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <Segmented<Interval> label={t('interval')} value={interval} onChange={setParam} choices={INTERVALS.map((value) => ({ value, label: labelOf(value) }))} />
        <Indicators on={on} interval={interval} onChange={(next) => setChosen(writeWith(next))} />
        <Select
          aria-label={t('compare')}
          value=""
          disabled={compare.length >= COMPARE_MAX}
          choices={[{ value: '', label: t(compare.length >= COMPARE_MAX ? 'compareFull' : 'compareNone') }, ...others.map((name) => ({ value: name, label: name }))]}
          onChange={(next) => next && add(next)}
          className="!w-auto text-xs"
        />
        <div className="flex-1" />
        {moment === null && (
          <Button size="small" icon="replay" whyNot={replay.bars.length < 2 && t('replayNone')} onClick={replay.begin}>
            {t('replay')}
          </Button>
        )}
        <Button size="small" look="quiet" icon={asTable ? 'plot' : 'table'} onClick={() => setTable(!asTable)}>
          {asTable ? t('asChart') : t('asTable')}
        </Button>
      </div>
      {moment !== null && <ReplayBar symbol={symbol} interval={interval} replay={replay} moment={moment} noMove={missing} />}
      <div className="relative min-h-0 flex-1" role="region" aria-label={t('plot')} tabIndex={0} onKeyDown={onKey}>
        {typing && box && <TypeBox key={typing.what} {...box} first={typing.first} onClose={() => setTyping(null)} />}
        {asTable ? (
          <BarsTable symbol={symbol} interval={interval} compare={compare} moment={moment} />
        ) : (
          <Candles key={`${symbol} ${interval}`} symbol={symbol} interval={interval} indicators={indicators} lengths={on.lengths} levels={levels} cone={cone} compare={compare} onRemove={remove} marks={marks} moment={moment} />
        )}
      </div>
    </div>
  )
}

function labelOf(interval: Interval): string {
  return interval === 'day' ? t('day') : t(`i${interval}`)
}

interface Acting {
  setTyping: (typing: Typing) => void
  replay: ReturnType<typeof useReplay>
  compare: readonly string[]
  remove: (name: string) => void
}

/** What a key does on the chart; null leaves it to the browser. Space and arrows are those of buttons that lie on it. */
function actionOf(key: string, own: boolean, { setTyping, replay, compare, remove }: Acting): (() => void) | null {
  if (/^[a-zA-Z]$/.test(key)) return () => setTyping({ what: 'symbol', first: key.toUpperCase() })
  if (key === '+' && compare.length < COMPARE_MAX) return () => setTyping({ what: 'compare', first: '' })
  const last = compare.at(-1)
  if (key === '-' && last) return () => remove(last)
  if (replay.moment === null || !own) return null
  if (key === ' ') return () => replay.play(!replay.playing)
  if (key === 'ArrowRight') return () => replay.step(1)
  if (key === 'ArrowLeft') return () => replay.step(-1)
  return null
}

function useSymbols(): string[] {
  const desk = useDesk()
  const stored = useQuery({ queryKey: ['symbols'], queryFn: () => api('GET /api/v1/symbols'), staleTime: 60_000 })
  return [...new Set([...(desk?.symbols ?? []), ...(stored.data?.items.map((s) => s.symbol) ?? [])])]
}

/** The chain that was known at a moment: the last snapshot of the last day on the chart, or before the minute. */
function useAsOf(interval: Interval, moment: number | null, bars: readonly CandleBar[]): AsOf | null {
  return useMemo(() => {
    if (moment === null) return null
    const last = interval === 'day' ? known(bars, interval, moment).at(-1) : undefined
    return { day: dayText(last?.time ?? moment - 1), at_ns: exchangeNs(moment) }
  }, [interval, moment, bars])
}

const noLevels: { price: number; title: string }[] = []

/** One standard deviation to the nearest expiry, up and down: the levels at its end, and the way there. */
function useMove(symbol: string, shown: boolean, asOf: AsOf | null, replayed: boolean) {
  const expiries = useExpiries(symbol, asOf, shown)
  const front = shown && (asOf !== null || !replayed) ? expiries.data?.expiries[0] : undefined
  const forward = front?.forward ?? null
  const move = forward !== null && front?.atm_vol != null ? forward * front.atm_vol * Math.sqrt(front.years) : null
  const missing = shown && replayed && expiries.isError
  return useMemo(
    () =>
      forward === null || move === null || !front
        ? { levels: noLevels, cone: null, missing }
        : {
            levels: [
              { price: forward + move, title: `+1σ ${dayShort(front.expiry)}` },
              { price: forward - move, title: `−1σ ${dayShort(front.expiry)}` },
            ],
            cone: { move, seconds: front.years * 365 * 86_400 },
            missing,
          },
    [forward, move, front, missing],
  )
}
