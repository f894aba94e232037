import { useEffect, useMemo, useState } from 'react'
import type { Expiry } from '@/api/types.gen'
import { chain as t } from '@/i18n/en/chain'
import { cx, Help, Segmented, Select, Skeleton, toast } from '@/components/ui'
import { fields } from '@/lib/chain/fields'
import { nearest, rowsOf, type StrikeRow } from '@/lib/chain/rows'
import { day, strike } from '@/lib/format'
import type { Right } from '@/lib/occ'
import { useParam } from '@/lib/router'
import type { ChainBook } from '@/lib/stream/chain_book'
import { useChain } from '@/lib/stream/client'
import { useDraft } from '@/state/draft'
import { useMay } from '@/state/session'

const SHOWN = ['mid', 'iv', 'delta', 'theta', 'oi'] as const
const AROUND = 14
const EACH_MS = 500

interface Cell {
  row: StrikeRow
  text: string
  itm: boolean
}

/** The same strikes across all expiries, one figure of one right: where time is dear is seen at a glance. */
export function Matrix({ symbol, expiries }: { symbol: string; expiries: readonly Expiry[] }) {
  const book = useChain(`chain:${symbol}`)
  const [param, setField] = useParam('field')
  const [side, setSide] = useParam('side')
  const allowed = useMay('trade:paper')
  const stage = useDraft((s) => s.stage)
  const field = SHOWN.find((id) => id === param) ?? 'mid'
  const right: Right = side === 'call' ? 'call' : 'put'
  const table = useTable(book, expiries, field, right)
  if (!table) return <Skeleton rows={20} />

  const take = (cell: Cell, how: 'buy' | 'sell') => {
    if (!allowed) return toast(t('cantTrade'), 'warn')
    stage(symbol, { root: cell.row.root, expiry: cell.row.expiry, right, strike_micros: cell.row.strike_micros, side: how, ratio: 1 })
    toast(t('staged', { side: how === 'buy' ? '+1' : '\u22121', what: `${symbol} ${day(cell.row.expiry)} ${strike(cell.row.strike_micros)} ${t(right)}` }), how === 'buy' ? 'up' : 'down')
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-3 border-b border-line bg-panel px-3 py-1.5">
        <Segmented label={t('side')} value={right} choices={(['call', 'put'] as const).map((value) => ({ value, label: value === 'call' ? t('calls') : t('puts') }))} onChange={setSide} />
        <Select aria-label={t('figure')} value={field} choices={SHOWN.map((value) => ({ value, label: t(value) }))} onChange={setField} className="!w-auto text-xs" />
        <Help fact={fields[field].help} />
        <p className="text-2xs text-faint">{t('matrixText')}</p>
      </div>
      <div className="min-h-0 flex-1 overflow-auto bg-panel" role="region" aria-label={t('matrix')} tabIndex={0}>
        <table className="w-full border-separate border-spacing-0 text-xs">
          <caption className="quiet">{t('matrix')}</caption>
          <thead>
            <tr>
              <th scope="col" className="sticky top-0 left-0 z-20 h-9 border-b border-line-strong bg-raised px-3 text-2xs font-medium text-muted">
                {t('strike')}
              </th>
              {table.columns.map((e) => (
                <th key={`${e.expiry} ${e.root}`} scope="col" className="sticky top-0 z-10 border-b border-line-strong bg-raised px-2 text-right text-2xs font-medium whitespace-nowrap">
                  {day(e.expiry)} <span className="font-normal text-muted">{t('dte', { n: e.days })}</span>
                  <span className="block font-normal text-faint">{e.root}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={row.strike} className={cx('h-row', row.atm && 'bg-accent-soft')}>
                <th scope="row" className={cx('sticky left-0 border-b border-line px-3 font-semibold', row.atm ? 'bg-accent-soft' : 'bg-raised')}>
                  {strike(row.strike)}
                </th>
                {row.cells.map((cell, i) => (
                  <td key={i} className={cx('border-b border-line p-0 text-right', cell?.itm && 'bg-hover/50')}>
                    {cell && (
                      <button
                        type="button"
                        onClick={(event) => take(cell, event.shiftKey ? 'sell' : 'buy')}
                        className="h-full min-h-6 w-full min-w-18 px-2 text-right hover:bg-hover coarse:min-h-11"
                        aria-label={t('matrixCell', { what: `${day(cell.row.expiry)} ${strike(cell.row.strike_micros)} ${t(right)}`, text: cell.text })}
                      >
                        {cell.text}
                      </button>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

/** Twice a second: it is read, not watched. */
function useTable(book: ChainBook | null, expiries: readonly Expiry[], field: (typeof SHOWN)[number], right: Right) {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), EACH_MS)
    return () => clearInterval(timer)
  }, [])
  return useMemo(() => {
    void tick
    if (!book?.layout || book.spot === null) return null
    const spot = book.spot
    const all = rowsOf(book)
    const byKey = new Map(all.map((row) => [`${row.expiry} ${row.root} ${row.strike_micros}`, row]))
    const columns = expiries.filter((e) => all.some((row) => row.expiry === e.expiry && row.root === e.root))
    // Strikes that every second expiry has at least: those of one alone make gaps.
    const counts = new Map<number, number>()
    for (const row of all) counts.set(row.strike_micros, (counts.get(row.strike_micros) ?? 0) + 1)
    const strikes = [...counts].filter(([, n]) => n * 2 >= columns.length).map(([s]) => s).toSorted((a, b) => a - b)
    const middle = nearest(strikes.map((s) => ({ strike_micros: s }) as StrikeRow), spot)
    const rows = strikes.slice(Math.max(0, middle - AROUND), middle + AROUND + 1).map((s) => ({
      strike: s,
      atm: s === strikes[middle],
      cells: columns.map((e): Cell | null => {
        const row = byKey.get(`${e.expiry} ${e.root} ${s}`)
        const at = row ? (right === 'call' ? row.call : row.put) : -1
        if (!row || at < 0) return null
        return { row, text: fields[field].text(fields[field].read(book.columns, at, row, right, e)), itm: right === 'call' ? s / 1e6 < spot : s / 1e6 > spot }
      }),
    }))
    return { columns, rows }
  }, [book, expiries, field, right, tick])
}
