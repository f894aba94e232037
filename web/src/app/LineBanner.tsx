import { useEffect, useState } from 'react'
import { Button, Icon } from '@/components/ui'
import { age } from '@/lib/format'
import { retryStream, useLine } from '@/lib/stream/client'
import { shell as t } from '@/i18n/en/shell'

/** Counts for how long the figures have not been live. */
export function LineBanner() {
  const { line, since } = useLine()
  const [now, setNow] = useState(() => Date.now())
  const lost = line === 'lost' && since !== null
  useEffect(() => {
    if (!lost) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [lost])
  if (!lost) return null
  return (
    <div role="alert" className="no-print flex shrink-0 items-center justify-center gap-3 border-b border-warn/50 bg-warn-soft px-3 py-1 font-medium text-warn">
      <Icon name="warn" />
      {/* Said once; the seconds that are counted are for the eye. */}
      <span className="quiet">{t('lostLine')}</span>
      <span aria-hidden="true">{t('reconnecting', { age: age(Math.max(0, now - since)) })}</span>
      <Button size="small" onClick={retryStream}>
        {t('reconnect')}
      </Button>
    </div>
  )
}
