import { useEffect, useState } from 'react'
import { cx } from './cx'
import { control } from './Field'

interface Props {
  id?: string
  label?: string
  value: number | null
  onChange: (value: number) => void
  step?: number
  min?: number
  max?: number
  decimals?: number
  className?: string
  'aria-describedby'?: string
  'aria-invalid'?: boolean
}

/** A number that is typed, or stepped with the arrows (Shift: ten steps). What is half typed is not told. */
export function NumberInput({ label, value, onChange, step = 1, min = -Infinity, max = Infinity, decimals = 0, className, ...rest }: Props) {
  const shown = value === null ? '' : value.toFixed(decimals)
  const [text, setText] = useState(shown)
  const [typing, setTyping] = useState(false)
  useEffect(() => {
    if (!typing) setText(shown)
  }, [shown, typing])

  const give = (next: number) => onChange(Math.min(max, Math.max(min, Math.round(next / step) * step)))
  const commit = () => {
    setTyping(false)
    const typed = Number(text.replaceAll(',', '').replace('\u2212', '-'))
    if (text.trim() !== '' && Number.isFinite(typed) && typed !== value) give(typed)
    else setText(shown)
  }
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={label}
      role="spinbutton"
      aria-valuenow={value ?? undefined}
      aria-valuetext={text || undefined}
      className={cx(control, 'text-right', className)}
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => {
        setTyping(true)
        setText(event.target.value)
      }}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
        event.preventDefault()
        setTyping(false)
        give((value ?? 0) + (event.key === 'ArrowUp' ? 1 : -1) * step * (event.shiftKey ? 10 : 1))
      }}
      {...rest}
    />
  )
}
