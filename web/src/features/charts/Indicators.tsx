import { charts as t } from '@/i18n/en/charts'
import { cx, NumberInput } from '@/components/ui'
import type { Interval } from '@/lib/bars/bars'
import { INDICATORS, type Indicator } from '@/lib/bars/picture'
import { isTimed, LENGTH_LEAST, LENGTH_MOST, type With } from '@/lib/bars/with'

interface Props {
  on: With
  interval: Interval
  onChange: (next: With) => void
}

const look = (pressed: boolean) => cx('h-control rounded-[5px] border px-2 text-xs', pressed ? 'border-accent bg-accent-soft text-text' : 'border-line text-muted hover:text-text')

/** What lies on the chart; beside what is on, over how many bars it goes. */
export function Indicators({ on, interval, onChange }: Props) {
  const toggle = (id: Indicator) => onChange({ ...on, indicators: on.indicators.includes(id) ? on.indicators.filter((other) => other !== id) : INDICATORS.filter((other) => other === id || on.indicators.includes(other)) })
  return (
    <div role="group" aria-label={t('indicators')} className="flex flex-wrap gap-1">
      {INDICATORS.filter((id) => id !== 'volume' || interval === 'day').map((id) => {
        const pressed = on.indicators.includes(id)
        return (
          <span key={id} className="inline-flex items-center gap-0.5">
            <button type="button" aria-pressed={pressed} onClick={() => toggle(id)} className={look(pressed)}>
              {t(id)}
            </button>
            {pressed && isTimed(id) && (
              <NumberInput
                label={t('lengthOf', { name: t(id) })}
                value={on.lengths[id]}
                min={LENGTH_LEAST}
                max={LENGTH_MOST}
                onChange={(n) => onChange({ ...on, lengths: { ...on.lengths, [id]: n } })}
                className="!w-11 !px-1.5 text-xs"
              />
            )}
          </span>
        )
      })}
      <button type="button" aria-pressed={on.move} onClick={() => onChange({ ...on, move: !on.move })} className={look(on.move)}>
        {t('move')}
      </button>
    </div>
  )
}
