import type { Parameter } from '@/api/types.gen'
import { cx, Field, NumberInput } from '@/components/ui'
import { decimalsOf, stepOf, type ParameterValues } from './parameters'

interface Props {
  parameters: readonly Parameter[]
  values: ParameterValues
  onChange: (values: ParameterValues) => void
  none: string
  className?: string
}

function range(p: Parameter): string {
  const unit = p.unit ? ` ${p.unit}` : ''
  return p.min !== null && p.max !== null ? `${p.min} – ${p.max}${unit}` : unit.trim()
}

/** A field for each parameter that the strategy's own file names. */
export function ParameterForm({ parameters, values, onChange, none, className }: Props) {
  if (parameters.length === 0) return <p className="text-faint">{none}</p>
  return (
    <div className={cx('grid grid-cols-1 gap-3 sm:grid-cols-2', className)}>
      {parameters.map((p) => (
        <Field key={p.name} label={p.name.replaceAll('_', ' ')} hint={[p.help, range(p)].filter(Boolean).join(' · ') || undefined}>
          {(ids) => (
            <NumberInput
              {...ids}
              value={values[p.name] ?? p.value}
              min={p.min ?? undefined}
              max={p.max ?? undefined}
              step={stepOf(p)}
              decimals={decimalsOf(p)}
              onChange={(value) => onChange({ ...values, [p.name]: Number(value.toFixed(decimalsOf(p))) })}
            />
          )}
        </Field>
      ))}
    </div>
  )
}
