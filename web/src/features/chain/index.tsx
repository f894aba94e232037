import { useQuery } from '@tanstack/react-query'
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { Age, Badge, Button, Empty, Failure, Input, Segmented, Select, Skeleton, Stat, Stats, toast } from '@/components/ui'
import { expiryKey, findExpiry, type ExpiryId } from '@/lib/chain/expiry'
import { parseFilter, passes } from '@/lib/chain/filter'
import type { ColumnSet } from '@/lib/chain/fields'
import { nearest, rowsOf, type StrikeRow } from '@/lib/chain/rows'
import { useChainSource, useExpiries, useExpiryFacts, type AsOf } from '@/lib/chain/source'
import { api } from '@/lib/http'
import { day as dayText, moment, number, percent, strike as strikeText } from '@/lib/format'
import { hrefTo, navigate, setParams, useParam } from '@/lib/router'
import { useLayoutVersion, useBookVersion, type ChainBook } from '@/lib/stream/chain_book'
import { useLine, useTopic } from '@/lib/stream/client'
import { useDesk } from '@/lib/desk'
import { useNarrow } from '@/lib/media'
import { useKeys } from '@/lib/keymap'
import { useShortcuts } from '@/lib/shortcuts'
import { useSymbol } from '@/state/context'
import { useDraft, type Leg } from '@/state/draft'
import { usePrefs } from '@/state/prefs'
import { useMay } from '@/state/session'
import { formatOcc } from '@/lib/occ'
import { legWords } from '@/lib/order_words'
import { NoChain } from '@/panels/NoChain'
import type { Expiry } from '@/api/types.gen'
import { gridColumns, type SideShown } from './columns'
import { ContextMenu, type MenuAt } from './ContextMenu'
import { ExpiryStrip } from './ExpiryStrip'
import { Grid } from './Grid'
import { Matrix } from './Matrix'
import { OwnColumns } from './OwnColumns'
import type { Cell, GridRow } from './painter'

const SETS: readonly Exclude<ColumnSet, 'phone'>[] = ['overview', 'quotes', 'greeks', 'liquidity', 'probability', 'custom']
const NO_STRIKE: StrikeRow = { expiry: '', root: '', settle: 'pm', strike_micros: Infinity, call: -1, put: -1 }
const WINDOWS = ['0', '10', '20', '40'] as const

export default function ChainScreen() {
  const [symbol] = useSymbol()
  const [dayParam] = useParam('day')
  const [at] = useParam('at')
  const asOf = useMemo<AsOf | null>(() => (dayParam ? { day: dayParam, ...(at ? { at_ns: Number(at) } : {}) } : null), [dayParam, at])
  const expiries = useExpiries(symbol, asOf)
  const desk = useDesk()
  const [param, setParam] = useParam('expiry')
  const listed = useMemo(() => expiries.data?.expiries ?? [], [expiries.data])
  const front = param === 'all' ? null : (findExpiry(listed, param) ?? listed[0] ?? null)
  const shown = front && expiryKey(front)
  const [view, setView] = useParam('view')
  const live = (desk?.symbols.includes(symbol) ?? false) && asOf === null
  const matrix = live && view === 'matrix'
  const show = useCallback((next: string | null) => setParam(next ?? 'all'), [setParam])
  const step = useCallback(
    (by: number) => {
      const next = listed[listed.findIndex((e) => expiryKey(e) === shown) + by]
      if (next) show(expiryKey(next))
    },
    [listed, shown, show],
  )
  const keys = useKeys()
  useShortcuts({ [keys.earlier]: () => step(-1), [keys.later]: () => step(1) })

  if (expiries.isPending) return <Skeleton rows={24} />
  if (expiries.error && !expiries.data && !live) return <NoChain symbol={symbol} error={expiries.error} retry={() => void expiries.refetch()} day={dayParam} onNow={() => setParams({ day: null, at: null, expiry: null })} />
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="quiet">{t('title', { symbol })}</h1>
      <div className="flex shrink-0 items-stretch border-b border-line bg-panel">
        <ExpiryStrip expiries={listed} shown={matrix ? undefined : shown} onShow={(next) => { setView(null); show(next) }} canAll={live} />
        <div className="hidden items-center gap-1 border-l border-line px-2 md:flex">
          <Days symbol={symbol} shown={dayParam} onShow={(next) => setParams({ day: next, at: null, expiry: null, view: null })} />
          {live && (
            <Button size="small" look="quiet" icon="table" aria-pressed={matrix} onClick={() => setView(matrix ? null : 'matrix')} className={matrix ? '!bg-accent-soft' : ''}>
              {t('matrix')}
            </Button>
          )}
        </div>
      </div>
      {matrix ? <Matrix symbol={symbol} expiries={listed} /> : <Chain key={`${symbol} ${shown} ${dayParam} ${at}`} symbol={symbol} front={front} asOf={asOf} expiries={listed} onExpiry={step} />}
    </div>
  )
}

/** Live, or as it was on a stored day. */
function Days({ symbol, shown, onShow }: { symbol: string; shown: string | null; onShow: (day: string | null) => void }) {
  const stored = useQuery({ queryKey: ['days', symbol], queryFn: () => api('GET /api/v1/symbols/{symbol}/days', { path: { symbol }, query: { limit: 250 } }), retry: false })
  const days = stored.data?.items.map((d) => d.day) ?? []
  if (days.length === 0 && !shown) return null
  const all = shown && !days.includes(shown) ? [shown, ...days] : days
  return <Select aria-label={t('asOf')} value={shown ?? ''} choices={[{ value: '', label: t('asOfNow') }, ...all.map((d) => ({ value: d, label: dayText(d, true) }))]} onChange={(next) => onShow(next || null)} className="!w-auto text-xs" />
}

function Chain({ symbol, front, asOf, expiries, onExpiry }: { symbol: string; front: Expiry | null; asOf: AsOf | null; expiries: readonly Expiry[]; onExpiry: (by: number) => void }) {
  const source = useChainSource(symbol, front, asOf)
  const factsOf = useExpiryFacts(expiries)
  const narrow = useNarrow()
  const [set, setSet] = useParam('cols')
  const [text, setText] = useParam('filter')
  const [window_, setWindow] = useParam('window')
  const [side, setSide] = useParam('side')
  const [menu, setMenu] = useState<MenuAt | null>(null)
  const { book } = source
  useLayoutVersion(book)
  const columnSet: ColumnSet = narrow ? 'phone' : (SETS.find((s) => s === set) ?? 'overview')
  const sideShown: SideShown = side === 'call' || side === 'put' ? side : narrow ? 'put' : 'both'
  const own = usePrefs((s) => s.chainColumns)
  const columns = useMemo(() => gridColumns(columnSet, sideShown, own), [columnSet, sideShown, own])
  const rows = useRows(book, front, text ?? '', Number(window_ ?? 0), factsOf)
  const lost = useLine((s) => s.line !== 'open') && source.live
  const { held, staged } = useMarks(book)
  const stage = useStage(symbol, book, rows.rows, columns, asOf !== null)

  const spot = useSpot(book)
  const band = useMemo<[number, number] | null>(() => {
    if (!front?.forward || front.atm_vol === null) return null
    const move = front.forward * front.atm_vol * Math.sqrt(front.years)
    return [front.forward - move, front.forward + move]
  }, [front])
  const atm = useMemo(() => {
    return nearest(rows.rows.map((r) => (r.kind === 'strike' ? r.row : NO_STRIKE)), spot ?? front?.forward ?? null)
  }, [rows.rows, spot, front])
  const state = useMemo(() => (book ? { book, rows: rows.rows, columns, facts: factsOf, spot, band, atm, held, staged, lost } : null), [book, rows.rows, columns, factsOf, spot, band, atm, held, staged, lost])

  if (source.error) return <Failure error={source.error} retry={source.refetch} />
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line bg-panel px-3 py-1.5">
        <Figures book={book} front={front} live={source.live} />
        <div className="flex-1" />
        {!source.live && book?.header && <Badge tone="warn">{t('stored', { when: moment(book.header.market_ns) })}</Badge>}
        <div className="flex min-w-0 flex-wrap items-center gap-2">
          <div className="relative">
            <Input aria-label={t('filter')} aria-invalid={rows.wrong ? true : undefined} placeholder={t('filter')} value={text ?? ''} onChange={(e) => setText(e.target.value || null)} className="!w-56 text-xs" spellCheck={false} />
            {rows.wrong && <p className="absolute top-full left-0 z-20 mt-1 rounded bg-raised px-2 py-1 text-xs text-down shadow-float">{t('filterWrong', { word: rows.wrong })}</p>}
          </div>
          <Select aria-label={t('window')} value={window_ ?? '0'} choices={WINDOWS.map((value) => ({ value, label: value === '0' ? t('windowAll') : t('windowN', { n: Number(value) }) }))} onChange={(v) => setWindow(v === '0' ? null : v)} className="!w-auto text-xs" />
          {!narrow && <Segmented<ColumnSet> label={t('columns')} value={columnSet} choices={SETS.map((value) => ({ value, label: t(value) }))} onChange={setSet} />}
          {!narrow && columnSet === 'custom' && <OwnColumns />}
          {narrow && <Segmented label={t('side')} value={sideShown} choices={(['call', 'put'] as const).map((value) => ({ value, label: value === 'call' ? t('calls') : t('puts') }))} onChange={setSide} />}
        </div>
      </div>
      <div className="min-h-0 flex-1">
        {!book || !state ? (
          <Skeleton rows={24} />
        ) : rows.rows.length === 0 ? (
          <Empty icon="chain" title={rows.all === 0 ? t('waiting') : t('none')} />
        ) : (
          <Grid
            state={state}
            label={t('title', { symbol })}
            onStage={stage}
            onRemove={(cell) => unstage(symbol, rows.rows[cell.row], columns[cell.column]?.side)}
            onContext={(cell, at) => setMenu({ cell, ...at })}
            onExpiry={onExpiry}
            viewKey={`${book.topic} ${columnSet} ${columnSet === 'custom' ? own.join() : ''} ${window_ ?? ''}`}
          />
        )}
      </div>
      {menu && book && <ContextMenu at={menu} symbol={symbol} row={rows.rows[menu.cell.row]} column={columns[menu.cell.column]} onStage={(how) => stage(menu.cell, how, false)} onClose={() => setMenu(null)} onBuilder={() => navigate(hrefTo('/builder'))} onChart={() => navigate(hrefTo('/charts'))} />}
    </>
  )
}

/** The figures over the grid; they alone render with each batch. */
function Figures({ book, front, live }: { book: ChainBook | null; front: Expiry | null; live: boolean }) {
  useBookVersion(book)
  const spot = book?.spot ?? null
  return (
    <Stats className="grid-flow-col auto-cols-max !gap-x-6">
      <Stat label={t('spot')} value={number(spot, 2)} detail={live && <Age at={book?.at ?? null} />} help="spot" />
      {front && <Stat label={t('forward')} value={number(front.forward, 2)} help="forward" />}
      {front && <Stat label={t('atmVol')} value={percent(front.atm_vol)} help="atmVol" />}
      {front?.forward != null && front.atm_vol !== null && <Stat label={t('expectedMove')} value={t('em', { x: number(front.forward * front.atm_vol * Math.sqrt(front.years), 2) })} help="expectedMove" />}
    </Stats>
  )
}

/** The spot to a step of its own, so that the grid is not laid out anew with each tick. */
function useSpot(book: ChainBook | null): number | null {
  const [seen, setSpot] = useState<number | null>(null)
  useEffect(() => {
    if (!book) return
    const take = () => setSpot((was) => (book.spot === null || (was !== null && Math.abs(book.spot / was - 1) < 0.0002) ? was : book.spot))
    take()
    return book.listen(take)
  }, [book])
  return seen ?? book?.spot ?? null
}

function useRows(book: ChainBook | null, shown: ExpiryId | null, text: string, around: number, factsOf: (row: StrikeRow) => Expiry | null): { rows: GridRow[]; wrong: string | null; all: number } {
  const root = shown?.root ?? null
  const wanted = useDeferredValue(text)
  const layoutVersion = useLayoutVersion(book)
  const [tick, setTick] = useState(0)
  useEffect(() => {
    // What passes a filter changes with the quotes; once a second is often enough for the eye.
    if (!wanted) return
    const timer = setInterval(() => setTick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [wanted])
  return useMemo(() => {
    void layoutVersion
    void tick
    if (!book) return { rows: [], wrong: null, all: 0 }
    const all = ofRoot(rowsOf(book), root)
    const filter = parseFilter(wanted)
    const wrong = 'wrong' in filter ? filter.wrong : null
    let kept = 'wrong' in filter || !wanted.trim() ? all : all.filter((row) => passes(filter, book.columns, row, factsOf(row)))
    if (around > 0) {
      const byExpiry = Map.groupBy(kept, (row) => `${row.expiry} ${row.root}`)
      kept = [...byExpiry.values()].flatMap((rows) => {
        const middle = nearest(rows, book.spot)
        return rows.slice(Math.max(0, middle - around), middle + around + 1)
      })
    }
    const rows: GridRow[] = []
    let before = ''
    const many = new Set(kept.map((row) => `${row.expiry} ${row.root}`)).size > 1
    for (const row of kept) {
      const key = `${row.expiry} ${row.root}`
      if (many && key !== before) rows.push({ kind: 'expiry', text: `${dayText(row.expiry)} ${row.root}`, badge: t(row.settle) })
      before = key
      rows.push({ kind: 'strike', row })
    }
    return { rows, wrong, all: all.length }
  }, [book, root, layoutVersion, wanted, around, factsOf, tick])
}

/** A day's book has every root that ends on it; one of them is looked at. */
function ofRoot(rows: StrikeRow[], root: string | null): StrikeRow[] {
  return root === null ? rows : rows.filter((row) => row.root === root)
}

/** What is held and what is in the draft, by row of the book. */
function useMarks(book: ChainBook | null): { held: Map<number, number>; staged: Map<number, number> } {
  const positions = useTopic('positions')
  const legs = useDraft((s) => s.legs)
  const layoutVersion = useLayoutVersion(book)
  return useMemo(() => {
    void layoutVersion
    const index = new Map(book?.layout?.contracts.map((contract, i) => [contract, i]))
    const held = new Map<number, number>()
    const staged = new Map<number, number>()
    for (const position of positions ?? []) {
      if (position.kind !== 'contract') continue
      for (const leg of position.legs) {
        const row = index.get(leg.contract)
        if (row !== undefined && leg.quantity !== 0) held.set(row, leg.quantity)
      }
    }
    for (const leg of legs) {
      const row = index.get(formatOcc(leg))
      if (row !== undefined) staged.set(row, leg.side === 'buy' ? leg.ratio : -leg.ratio)
    }
    return { held, staged }
  }, [positions, legs, book, layoutVersion])
}

/** The leg of the draft that stands in a cell is taken away; on a strike, its call and its put. */
function unstage(symbol: string, grid: GridRow | undefined, side: 'call' | 'put' | 'strike' | undefined): void {
  if (grid?.kind !== 'strike') return
  const { row } = grid
  const { legs, remove } = useDraft.getState()
  const gone = legs.filter((leg) => leg.root === row.root && leg.expiry === row.expiry && leg.strike_micros === row.strike_micros && (side === 'strike' || leg.right === side))
  if (gone.length === 0) toast(t('notStaged'))
  for (const leg of gone) {
    remove(useDraft.getState().legs.indexOf(leg))
    toast(t('unstaged', { what: legWords(symbol, leg) }))
  }
}

function useStage(symbol: string, book: ChainBook | null, rows: readonly GridRow[], columns: readonly { side: 'call' | 'put' | 'strike' }[], past: boolean) {
  const allowed = useMay('trade:paper')
  return useCallback(
    (cell: Cell, side: 'buy' | 'sell', wide: boolean) => {
      const grid = rows[cell.row]
      const right = columns[cell.column]?.side
      if (!book || grid?.kind !== 'strike' || !right || right === 'strike') return
      if (!allowed || past) {
        toast(t(past ? 'pastQuotes' : 'cantTrade'), 'warn')
        return
      }
      const { stage } = useDraft.getState()
      const legOf = (row: StrikeRow, how: 'buy' | 'sell'): Leg => ({ root: row.root, expiry: row.expiry, right, strike_micros: row.strike_micros, side: how, ratio: 1 })
      if ((right === 'call' ? grid.row.call : grid.row.put) < 0) return
      stage(symbol, legOf(grid.row, side))
      if (wide) {
        // The other leg is the next strike further out.
        const next = rows[cell.row + (right === 'call' ? 1 : -1)]
        if (next?.kind === 'strike' && next.row.expiry === grid.row.expiry) stage(symbol, legOf(next.row, side === 'buy' ? 'sell' : 'buy'))
      }
      toast(t('staged', { side: side === 'buy' ? '+1' : '\u22121', what: `${symbol} ${strikeText(grid.row.strike_micros)} ${right === 'call' ? t('call') : t('put')}` }), side === 'buy' ? 'up' : 'down')
    },
    [allowed, past, book, rows, columns, symbol],
  )
}
