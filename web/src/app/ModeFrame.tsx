import { cx } from '@/components/ui'
import { useDesk } from '@/lib/desk'
import { useOne } from '@/lib/stream/client'
import { shell as t } from '@/i18n/en/shell'

function useMode(): 'paper' | 'live' {
  // Where nothing is known it is not called live, as nothing can be sent either.
  return useDesk()?.mode ?? 'paper'
}

/** Paper or live, in words. */
export function ModeBadge() {
  const mode = useMode()
  const account = useOne('account')
  return (
    <span
      title={mode === 'live' ? t('liveTitle') : t('paperTitle')}
      className={cx('inline-flex h-[22px] items-center rounded-[4px] px-2 text-2xs font-bold tracking-[0.08em]', mode === 'live' ? 'bg-live text-live-ink' : 'bg-paper text-paper-ink')}
    >
      {mode === 'live' ? `${t('live')}${account?.name ? ` · ${account.name}` : ''}` : t('paper')}
    </span>
  )
}

/** And as a frame round everything, which no screen can cover or hide. */
export function ModeFrame() {
  const mode = useMode()
  return <div aria-hidden="true" className={cx('no-print pointer-events-none fixed inset-0 z-[60] border-2', mode === 'live' ? 'border-live' : 'border-paper/80')} />
}
