import { Dot, Tooltip } from '@/components/ui'
import { useLine } from '@/lib/stream/client'
import { shell as t } from '@/i18n/en/shell'

export function Latency() {
  const { line, latency } = useLine()
  const ms = latency === null ? null : Math.max(1, Math.round(latency))
  return (
    <Tooltip text={ms === null ? t('connecting') : t('latency', { ms })}>
      <span className="hidden w-14 justify-end text-2xs text-muted sm:inline-flex">
        <Dot tone={line === 'open' ? (ms !== null && ms > 250 ? 'warn' : 'up') : 'down'}>{ms === null ? '…' : `${ms} ms`}</Dot>
      </span>
    </Tooltip>
  )
}
