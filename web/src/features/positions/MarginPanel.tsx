import type { MarginGrid, MarginGroup } from '@/api/types.gen'
import { heat } from '@/components/plot'
import { cx, Empty, Help, Panel, Stat, Stats } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { dollars, fromMicros, gain, percent, signedPercent } from '@/lib/format'
import { heaviest, largestOf, movesOf, rowsOf, type GridRow } from '@/lib/margin'

const moveText = (move: number) => signedPercent(move, Number.isInteger(Math.round(move * 1000) / 10) ? 0 : 1)

/** What portfolio margin asks and why, point by point, beside what Regulation T asks of the same account. */
export function MarginPanel({ grid, title, className, nothing }: { grid: MarginGrid; title: string; className?: string; nothing?: string }) {
  return (
    <Panel
      className={className}
      flush
      title={
        <>
          {title} <Help fact="valuationPoint" />
        </>
      }
    >
      <Sums grid={grid} />
      {grid.groups.length === 0 && nothing && <p className="border-t border-line p-3 text-muted">{nothing}</p>}
      {grid.groups.length === 0 && !nothing && (
        <Empty icon="positions" title={t('marginNothing')}>
          {t('marginNothingText')}
        </Empty>
      )}
      {grid.groups.length > 0 && (
        <>
          <p className="border-t border-line px-3 pt-2 text-xs text-muted">{summaryOf(grid)}</p>
          <Grid groups={grid.groups} full={largestOf(grid)} label={title} />
        </>
      )}
      <Notes grid={grid} />
    </Panel>
  )
}

function Sums({ grid }: { grid: MarginGrid }) {
  const asked = fromMicros(grid.portfolio_micros)
  const open = fromMicros(grid.strategy_initial_micros)
  const more = asked === null || open === null ? null : asked - open
  const about = (rules: MarginGrid['rules']) => [grid.rules === rules && t('inForce'), rules === 'reg-t' && open !== null && !grid.strategy_minimal && t('atMost')].filter(Boolean).join(', ')
  return (
    <Stats className="grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))] p-3">
      <Stat label={t('portfolioMargin')} value={dollars(asked)} detail={about('portfolio')} help="portfolioMargin" />
      <Stat label={t('regTInitial')} value={dollars(open)} detail={about('reg-t')} help="regulationT" />
      <Stat label={t('regTKeep')} value={dollars(fromMicros(grid.strategy_maintenance_micros))} help="regulationT" />
      <Stat label={more !== null && more > 0 ? t('marginMore') : t('marginLess')} value={dollars(more === null ? null : Math.abs(more))} help="portfolioMargin" />
      <Stat label={t('equity')} value={dollars(fromMicros(grid.equity_micros))} help="equity" />
    </Stats>
  )
}

function summaryOf(grid: MarginGrid): string {
  const most = heaviest(grid)
  if (!most) return ''
  const byLoss = most.worst !== null && most.requirement_micros === most.loss_micros
  const words = {
    asked: dollars(fromMicros(grid.portfolio_micros)),
    regT: dollars(fromMicros(grid.strategy_initial_micros)),
    name: most.name,
    most: dollars(fromMicros(most.requirement_micros)),
    why: byLoss ? t('whyLoss', { move: moveText(movesOf(most)[most.worst ?? 0] ?? 0) }) : t('whyMinimum'),
  }
  return t(grid.strategy_initial_micros === null ? 'marginSummaryNoRegT' : 'marginSummary', words)
}

function Notes({ grid }: { grid: MarginGrid }) {
  const least = grid.portfolio_equity_micros
  const offset = grid.groups.find((group) => group.classes.length > 1)
  const notes = [
    grid.strategy_text && t('regTNot', { text: grid.strategy_text }),
    least !== null && grid.equity_micros !== null && grid.equity_micros < least && t('equityNeeded', { least: dollars(fromMicros(least)), equity: dollars(fromMicros(grid.equity_micros)) }),
    grid.unpriced > 0 && t('unpriced', { n: grid.unpriced }),
    offset && t('offsetNote', { percent: percent(offset.offset, 0) }),
    grid.uncertain && t('uncertain'),
  ].filter((note): note is string => Boolean(note))
  if (notes.length === 0) return null
  return (
    <ul className="grid gap-1 border-t border-line px-3 py-2 text-2xs text-muted">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}

const names: Record<GridRow['kind'], (row: GridRow) => string> = {
  underlying: (row) => row.name,
  class: (row) => t('sumOf', { name: row.name }),
  offset: () => t('offsetOf'),
  group: (row) => t('groupOf', { name: row.name }),
  alone: (row) => row.name,
}

const head = 'px-2 py-1 text-2xs font-medium whitespace-nowrap text-muted'
const first = 'sticky left-0 z-[1] bg-panel px-2 py-1 text-left whitespace-nowrap max-md:min-w-26 max-md:whitespace-normal'

function Grid({ groups, full, label }: { groups: MarginGroup[]; full: number; label: string }) {
  const asked = groups.reduce((sum, group) => sum + group.requirement_micros, 0)
  return (
    <div className="overflow-auto p-2" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-separate border-spacing-px text-right text-xs">
        <caption className="quiet">{t('marginGridOf')}</caption>
        {groups.map((group, i) => (
          <tbody key={group.name}>
            <Points group={group} isFirst={i === 0} />
            {rowsOf(group).map((row) => (
              <PointRow key={row.key} row={row} group={group} full={full} />
            ))}
          </tbody>
        ))}
        {groups.length > 1 && (
          <tfoot>
            <tr className="font-semibold">
              <th scope="row" className={cx(first, 'text-2xs')}>
                {t('total')}
              </th>
              <td colSpan={11} />
              <td className="px-2 py-1">{dollars(fromMicros(asked))}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

/** Each group has a range of its own. */
function Points({ group, isFirst }: { group: MarginGroup; isFirst: boolean }) {
  return (
    <tr>
      <th scope="col" className={cx(first, 'text-2xs font-medium text-muted', !isFirst && 'pt-3')}>
        {t('point')}
      </th>
      {movesOf(group).map((move) => (
        <th key={move} scope="col" className={cx(head, !isFirst && 'pt-3')}>
          {moveText(move)}
        </th>
      ))}
      <th scope="col" className={cx(head, !isFirst && 'pt-3')}>
        <span className="inline-flex items-center gap-1">
          {t('minimum')} {isFirst && <Help fact="marginMinimum" />}
        </span>
      </th>
      <th scope="col" className={cx(head, !isFirst && 'pt-3')}>
        <span className="inline-flex items-center gap-1">
          {t('required')} {isFirst && <Help fact="portfolioMargin" />}
        </span>
      </th>
    </tr>
  )
}

function PointRow({ row, group, full }: { row: GridRow; group: MarginGroup; full: number }) {
  const counts = row.kind === 'group' || row.kind === 'alone'
  const minimumBinds = counts && group.requirement_micros > group.loss_micros
  return (
    <tr className={cx(counts && 'font-semibold')}>
      <th scope="row" className={cx(first, 'text-2xs', counts ? 'font-semibold text-text' : 'font-medium text-muted')}>
        {names[row.kind](row)}
      </th>
      {row.pnl.map((value, i) => {
        const isWorst = counts && group.worst === i
        return (
          <td key={i} className={cx('rounded-[3px] px-2 py-1 whitespace-nowrap', isWorst && 'outline-2 -outline-offset-2 outline-accent')} style={{ backgroundColor: heat(value, full) }}>
            {gain(value)}
            {isWorst && <span className="quiet"> {t('worstPoint')}</span>}
          </td>
        )
      })}
      <td className={cx('px-2 py-1 whitespace-nowrap', minimumBinds && 'rounded-[3px] outline-2 -outline-offset-2 outline-accent')}>{row.minimum === null ? '' : dollars(row.minimum, row.minimum % 1 === 0 ? 0 : 2)}</td>
      <td className="px-2 py-1 whitespace-nowrap">{counts ? dollars(fromMicros(group.requirement_micros)) : ''}</td>
    </tr>
  )
}
