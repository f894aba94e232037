import { useState, type ReactNode } from 'react'
import type { Scenarios } from '@/api/types.gen'
import { HeatTable } from '@/components/plot'
import { Help, Panel, Segmented } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { gain, signedPercent } from '@/lib/format'
import { gridOf } from '@/lib/risk'

/** Spot across, vols down, days by choice; what is now is framed. */
export function ScenarioPanel({ scenarios, title, note, className }: { scenarios: Scenarios; title: string; note?: ReactNode; className?: string }) {
  const [day, setDay] = useState(0)
  const { moves, vols, days } = scenarios
  const at = Math.min(day, days.length - 1)
  const grid = gridOf(scenarios, at)
  const largest = Math.max(1, ...grid.flat().map((value) => Math.abs(value ?? 0)))
  const choices = days.map((d, i) => ({ value: String(i), label: d === 0 ? t('now') : t('day', { n: d ?? 0 }) }))
  return (
    <Panel
      className={className}
      title={
        <>
          {title} <Help fact="scenario" />
        </>
      }
      flush
      actions={<Segmented label={t('scenarios')} value={String(at)} choices={choices} onChange={(next) => setDay(Number(next))} />}
    >
      {note}
      <HeatTable
        label={t('scenariosOf')}
        corner={t('vols')}
        className="p-2"
        columns={moves.map((move) => (move === 0 ? '0%' : signedPercent(move, move !== null && Math.abs(move) < 0.1 && move * 100 !== Math.round(move * 100) ? 1 : 0)))}
        rows={vols.map((vol, v) => ({ head: vol === 1 ? '±0%' : signedPercent(vol === null ? null : vol - 1, 0), values: grid[v] ?? [] }))}
        format={(value) => gain(value)}
        full={largest}
        mark={(v, m) => vols[v] === 1 && moves[m] === 0}
      />
    </Panel>
  )
}
