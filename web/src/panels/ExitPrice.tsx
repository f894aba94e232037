import { Field, Help, NumberInput, Switch } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { gainAt, isPast, type Way } from '@/lib/exits'
import { gain, tone } from '@/lib/format'

interface Props {
  what: 'target' | 'stop'
  way: Way
  /** Closing costs; else it brings. */
  isDebit: boolean
  value: number | null
  onChange: (value: number | null) => void
  preset: number
  /** What is wrong with a price on the wrong side of where it is now. */
  past: string
}

/** One of the two ways out: whether it is wanted, its price, and what it would win or lose. */
export function ExitPrice({ what, way, isDebit, value, onChange, preset, past }: Props) {
  const sign = isDebit ? 1 : -1
  const won = value === null ? null : gainAt(way, value)
  return (
    <div role="group" aria-label={t(what)} className="grid grid-cols-[9rem_1fr] items-end gap-3">
      <Switch label={t(what)} checked={value !== null} onChange={(on) => onChange(on ? preset : null)} />
      {value !== null && (
        <Field label={t(sign > 0 ? 'exitPay' : 'exitReceive')} hint={<span className={tone(won)}>{t('exitGain', { gain: gain(won) })} <Help fact="exitGain" /></span>} error={isPast(way, what, value) ? past : undefined}>
          {(ids) => <NumberInput {...ids} value={value * sign} decimals={2} step={way.tick} min={way.tick} onChange={(v) => onChange(Math.round(v * sign * 1e6) / 1e6)} />}
        </Field>
      )}
    </div>
  )
}
