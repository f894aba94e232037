import { useEffect, useState, type KeyboardEvent } from 'react'
import { control, cx } from '@/components/ui'
import { typedStrike } from '@/lib/edit_legs'
import { strike } from '@/lib/format'

interface Props {
  label: string
  micros: number
  onType: (micros: number) => void
  /** To the next listed strike. */
  onStep: (by: number) => void
}

/** A strike that is typed, or stepped over the listed ones with the arrows. What is half typed is not told. */
export function StrikeInput({ label, micros, onType, onStep }: Props) {
  const shown = strike(micros)
  const [text, setText] = useState(shown)
  useEffect(() => setText(shown), [shown])
  const commit = () => {
    const typed = typedStrike(text)
    setText(shown)
    if (typed !== null && typed !== micros) onType(typed)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') commit()
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    onStep((event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 5 : 1))
  }
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={label}
      className={cx(control, '!w-[4.25rem] !px-1 text-center font-semibold')}
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  )
}
