import { cx } from '@/components/ui'

export interface WaterfallStep {
  label: string
  value: number | null
  /** Stands on the ground: a beginning or a sum. */
  total?: boolean
}

interface Props {
  summary: string
  steps: readonly WaterfallStep[]
  format: (value: number) => string
  className?: string
}

function hang(steps: readonly WaterfallStep[]) {
  let level = 0
  return steps.map((step) => {
    const value = step.value ?? 0
    const from = step.total ? 0 : level
    level = step.total ? value : level + value
    return { ...step, from, to: level }
  })
}

/** From one figure to another by its parts, each hanging where the one before ended. */
export function Waterfall({ summary, steps, format, className }: Props) {
  const bars = hang(steps)
  const low = Math.min(0, ...bars.map((bar) => Math.min(bar.from, bar.to)))
  const high = Math.max(0, ...bars.map((bar) => Math.max(bar.from, bar.to)))
  const span = high - low || 1
  const at = (value: number) => ((value - low) / span) * 100
  return (
    <ul aria-label={summary} className={cx('grid gap-1', className)}>
      {bars.map((bar) => (
        <li key={bar.label} className="grid grid-cols-[7.5rem_1fr_5.5rem] items-center gap-2 text-xs">
          <span className={cx('truncate', bar.total ? 'font-semibold' : 'text-muted')}>{bar.label}</span>
          <span className="relative h-4" aria-hidden="true">
            <span className="absolute inset-y-0 w-px bg-line-strong" style={{ left: `${at(0)}%` }} />
            {bar.value !== null && (
              <span
                className={cx('absolute inset-y-0.5 min-w-[2px] rounded-[2px]', bar.total ? 'bg-accent-strong' : bar.to >= bar.from ? 'bg-up' : 'bg-down')}
                style={{ left: `${at(Math.min(bar.from, bar.to))}%`, width: `${at(Math.max(bar.from, bar.to)) - at(Math.min(bar.from, bar.to))}%` }}
              />
            )}
          </span>
          <span className={cx('text-right', bar.total && 'font-semibold')}>{bar.value === null ? '—' : format(bar.value)}</span>
        </li>
      ))}
    </ul>
  )
}
