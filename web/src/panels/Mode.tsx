import type { ComponentProps } from 'react'
import { cx, Dialog } from '@/components/ui'
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
      className={cx('inline-flex h-[22px] shrink-0 items-center rounded-[4px] px-2 text-2xs font-bold tracking-[0.08em] whitespace-nowrap', mode === 'live' ? 'bg-live text-live-ink' : 'bg-paper text-paper-ink')}
    >
      {mode === 'live' ? `${t('live')}${account?.name ? ` · ${account.name}` : ''}` : t('paper')}
    </span>
  )
}

/** And as a frame: round everything, or round the dialog that it stands in. */
export function ModeFrame({ className }: { className: string }) {
  const mode = useMode()
  return <div aria-hidden="true" className={cx('no-print pointer-events-none inset-0 z-[60] border-2', mode === 'live' ? 'border-live' : 'border-paper/80', className)} />
}

/** A dialog that sends something to the desk. It lies over all else, the screen's own frame among it, so it says itself whose money it is. */
export function OrderDialog(props: Omit<ComponentProps<typeof Dialog>, 'badge' | 'frame'>) {
  return <Dialog {...props} badge={<ModeBadge />} frame={<ModeFrame className={cx('absolute', !props.drawer && 'rounded-lg')} />} />
}
