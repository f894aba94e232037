import type { RiskLimit } from '@/api/types.gen'
import { cx, Help, Panel } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { number } from '@/lib/format'
import { shareUsed } from '@/lib/risk'

function figure(value: number | null, unit: string): string {
  if (value === null) return '—'
  const text = number(value, Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0)
  return unit.includes('dollar') ? (value < 0 ? `\u2212$${text.slice(1)}` : `$${text}`) : text
}

/** Every limit that has a figure now, the fullest first: a bar, and what is left. */
export function Limits({ limits }: { limits: RiskLimit[] }) {
  const shown = limits
    .map((limit) => ({ limit, used: shareUsed(limit) }))
    .filter((row): row is { limit: RiskLimit; used: number } => row.used !== null)
    .sort((a, b) => b.used - a.used)
  return (
    <Panel
      title={
        <>
          {t('limits')} <Help fact="headroom" />
        </>
      }
    >
      {shown.length === 0 && <p className="text-muted">{t('noLimits')}</p>}
      <ul className="grid gap-x-8 gap-y-2 xl:grid-cols-2">
        {shown.map(({ limit, used }) => (
          <li key={`${limit.level} ${limit.limit}`} className="grid gap-1 text-xs" title={limit.text}>
            <div className="flex items-baseline justify-between gap-2">
              <span className="truncate">
                {limit.limit.replaceAll('_', ' ')} <span className="text-faint">{limit.level}</span>
              </span>
              <span className="whitespace-nowrap text-muted">
                <strong className={cx('text-text', used >= 1 ? '!text-down' : used >= 0.8 && '!text-warn')}>{figure(limit.value, limit.unit)}</strong> / {figure(limit.bound, limit.unit)}
              </span>
            </div>
            <div className="h-1.5 overflow-hidden rounded-full bg-inset" role="meter" aria-label={limit.limit.replaceAll('_', ' ')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(Math.min(1, used) * 100)}>
              <div className={cx('h-full rounded-full', used >= 1 ? 'bg-down' : used >= 0.8 ? 'bg-warn' : 'bg-accent-strong')} style={{ width: `${Math.min(100, used * 100)}%` }} />
            </div>
            <span className="text-2xs text-faint">
              {t('room')} {figure(limit.room, limit.unit)} {limit.unit}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
