import type { ReactNode } from 'react'
import { cx } from './cx'

export type Tone = 'plain' | 'up' | 'down' | 'warn' | 'accent'

const tones: Record<Tone, string> = {
  plain: 'border-line bg-raised text-muted',
  up: 'border-up/40 bg-up-soft text-up',
  down: 'border-down/40 bg-down-soft text-down',
  warn: 'border-warn/40 bg-warn-soft text-warn',
  accent: 'border-accent/40 bg-accent-soft text-accent',
}

export function Badge({ tone = 'plain', children, className }: { tone?: Tone; children: ReactNode; className?: string }) {
  return (
    <span className={cx('inline-flex h-[18px] shrink-0 items-center gap-1 rounded border px-1.5 text-2xs font-medium whitespace-nowrap', tones[tone], className)}>
      {children}
    </span>
  )
}

/** A dot with words: the state is never told by colour alone. */
export function Dot({ tone, children }: { tone: Tone; children: ReactNode }) {
  const colours: Record<Tone, string> = { plain: 'bg-faint', up: 'bg-up', down: 'bg-down', warn: 'bg-warn', accent: 'bg-accent' }
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden="true" className={cx('size-1.5 rounded-full', colours[tone])} />
      {children}
    </span>
  )
}
