import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from 'react'
import { cx } from './cx'

export const control =
  'h-control w-full rounded-[5px] border border-line bg-inset px-2 text-text placeholder:text-faint hover:border-line-strong disabled:opacity-50'

interface FieldProps {
  label: string
  hint?: ReactNode
  error?: string | null
  /** Beside the control instead of above it. */
  inline?: boolean
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode
  className?: string
}

/** A label, a control, and what is wrong with it. */
export function Field({ label, hint, error, inline, children, className }: FieldProps) {
  const id = useId()
  const described = error || hint ? `${id}-hint` : undefined
  return (
    <div className={cx(inline ? 'flex items-center gap-2' : 'grid content-start gap-1', className)}>
      <label htmlFor={id} className="text-xs text-muted whitespace-nowrap">
        {label}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {described && (
        <p id={described} className={cx('text-xs', error ? 'text-down' : 'text-faint')}>
          {error ?? hint}
        </p>
      )}
    </div>
  )
}

interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>
}

export function Input({ className, ...rest }: InputProps) {
  return <input className={cx(control, 'aria-[invalid]:border-down', className)} {...rest} />
}

export interface Choice<T extends string> {
  value: T
  label: string
}

interface SelectProps<T extends string> extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'> {
  value: T
  choices: readonly Choice<T>[]
  onChange: (value: T) => void
}

/** The browser's own list: it works by key, by touch and for who listens. */
export function Select<T extends string>({ value, choices, onChange, className, ...rest }: SelectProps<T>) {
  return (
    <select className={cx(control, 'pr-1', className)} value={value} onChange={(event) => onChange(event.target.value as T)} {...rest}>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value} className="bg-panel text-text">
          {choice.label}
        </option>
      ))}
    </select>
  )
}

interface SwitchProps {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}

export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  return (
    <label className="inline-flex min-h-6 items-center gap-2">
      <input type="checkbox" role="switch" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} className="peer quiet" />
      <span
        aria-hidden="true"
        className="relative h-4 w-7 rounded-full border border-line-strong bg-inset transition-colors after:absolute after:top-[2px] after:left-[2px] after:size-2.5 after:rounded-full after:bg-muted after:transition-transform peer-checked:border-accent peer-checked:bg-accent-soft peer-checked:after:translate-x-3 peer-checked:after:bg-accent peer-focus-visible:outline-2 peer-focus-visible:outline-accent"
      />
      <span>{label}</span>
    </label>
  )
}

interface SegmentedProps<T extends string> {
  label: string
  value: T
  choices: readonly Choice<T>[]
  onChange: (value: T) => void
  className?: string
}

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, value, choices, onChange, className }: SegmentedProps<T>) {
  const name = useId()
  return (
    <fieldset className={cx('inline-flex h-control items-stretch rounded-[5px] border border-line bg-inset p-[2px]', className)}>
      <legend className="quiet">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="relative inline-flex cursor-pointer items-center rounded-[3px] px-2 text-xs whitespace-nowrap text-muted hover:text-text has-checked:bg-hover has-checked:text-text has-checked:shadow-[inset_0_0_0_1px_var(--line-strong)] has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input type="radio" name={name} className="quiet" checked={choice.value === value} onChange={() => onChange(choice.value)} />
          {choice.label}
        </label>
      ))}
    </fieldset>
  )
}

interface SliderProps {
  label: string
  value: number
  min: number
  max: number
  step: number
  text: string
  onChange: (value: number) => void
}

export function Slider({ label, value, min, max, step, text, onChange }: SliderProps) {
  const id = useId()
  return (
    <div className="grid min-w-0 flex-1 gap-0.5">
      <div className="flex justify-between gap-2 text-xs">
        <label htmlFor={id} className="text-muted">
          {label}
        </label>
        <output htmlFor={id} className="font-medium">
          {text}
        </output>
      </div>
      <input
        id={id}
        type="range"
        className="h-5 w-full accent-[var(--accent)] coarse:h-11"
        value={value}
        min={min}
        max={max}
        step={step}
        aria-valuetext={text}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </div>
  )
}
