import { Badge, type Tone } from '@/components/ui'
import { useStale } from '@/lib/age'
import { useDesk } from '@/lib/desk'
import { shell as t } from '@/i18n/en/shell'

const tones: Record<string, Tone> = { normal: 'up', recovering: 'accent', reduce_only: 'warn', halted: 'warn', liquidating: 'down', killed: 'down', failed: 'down' }

/** Whether the market and the desk are open, and what the feed does: never out of sight, on a wall neither. */
export function DeskState() {
  const desk = useDesk()
  const stale = useStale()()
  if (!desk) return <Badge>{t('deskOff')}</Badge>
  const open = desk.session === 'open'
  return (
    <div className="flex items-center gap-1.5">
      <Badge tone={open ? 'up' : 'plain'}>{t('session', { state: open ? t('open') : t('closed') })}</Badge>
      {desk.state !== 'normal' && (
        <span title={desk.text}>
          <Badge tone={tones[desk.state] ?? 'plain'}>{t('deskState', { state: t(desk.state) })}</Badge>
        </span>
      )}
      {desk.feed_state !== 'up' && (
        <span title={desk.text}>
          <Badge tone={desk.feed_state === 'over' ? 'plain' : desk.feed_state === 'refused' ? 'down' : 'warn'}>{t(`feed_${desk.feed_state}`)}</Badge>
        </span>
      )}
      {stale && desk.feed_state === 'up' && (
        <span title={t('silentWhy')}>
          <Badge tone="warn">{t('silent')}</Badge>
        </span>
      )}
      {desk.feed.startsWith('sim') && <span className="hidden text-2xs whitespace-nowrap text-faint xl:inline">{t('simulated')}</span>}
    </div>
  )
}
