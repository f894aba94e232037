import { Switch } from '@/components/ui'
import { orders as t } from '@/i18n/en/orders'
import { priceAt, type Way } from '@/lib/exits'
import { ExitPrice } from '@/panels/ExitPrice'
import type { DraftExits } from '@/state/draft'

/** Target and stop that the order brings along: they wait for its fill. */
export function TicketExits({ way, exits, onChange }: { way: Way; exits: DraftExits | null; onChange: (exits: DraftExits | null) => void }) {
  const costs = way.entry > 0
  const presets = { target: priceAt(way, 0.5), stop: priceAt(way, costs ? -1 : -0.5) }
  const micros = (value: number | null) => (value === null ? null : Math.round(value * 1e6))
  return (
    <div className="grid gap-3 border-t border-line p-3">
      <Switch
        label={t('exits')}
        checked={exits !== null}
        onChange={(on) => onChange(on ? { target_micros: micros(presets.target), stop_micros: micros(presets.stop) } : null)}
      />
      {exits && (
        <>
          {(['target', 'stop'] as const).map((what) => (
            <ExitPrice
              key={what}
              what={what}
              way={way}
              isDebit={costs}
              value={exits[`${what}_micros`] === null ? null : (exits[`${what}_micros`] ?? 0) / 1e6}
              preset={presets[what]}
              past={t(what === 'target' ? 'exitNoProfit' : 'exitNoLoss')}
              onChange={(value) => onChange({ ...exits, [`${what}_micros`]: micros(value) })}
            />
          ))}
          <p className="text-xs text-muted">{t('exitsNote')}</p>
        </>
      )}
    </div>
  )
}
