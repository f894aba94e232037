import { useState } from 'react'
import { Input } from '@/components/ui'

interface Props {
  label: string
  first: string
  /** What is begun by the text, the best first, as it is shown. */
  find: (text: string) => readonly string[]
  none: (text: string) => string
  onTake: (found: string) => void
  onClose: () => void
}

/** What is typed on the chart, and what it begins; Enter takes the first. */
export function TypeBox({ label, first, find, none, onTake, onClose }: Props) {
  const [text, setText] = useState(first)
  const found = find(text)
  return (
    <form
      className="absolute top-4 left-1/2 z-20 grid w-56 -translate-x-1/2 gap-2 rounded-lg border border-line-strong bg-raised p-2 shadow-float"
      onSubmit={(event) => {
        event.preventDefault()
        if (found[0]) onTake(found[0])
        onClose()
      }}
    >
      <Input
        aria-label={label}
        placeholder={label}
        value={text}
        autoFocus
        onChange={(event) => setText(event.target.value.toUpperCase())}
        onBlur={onClose}
        onKeyDown={(event) => event.key === 'Escape' && onClose()}
        className="text-center text-lg font-semibold"
      />
      <p role="status" className="text-center text-xs text-muted">
        {found.length ? found.slice(0, 8).join(' · ') : none(text)}
      </p>
    </form>
  )
}
