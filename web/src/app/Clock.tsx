import { useEffect, useState } from 'react'
import { clock } from '@/lib/format'
import { useDesk } from '@/lib/desk'
import { shell as t } from '@/i18n/en/shell'

/** The market's time: a simulated one has its own, so it is counted on from what the desk last said. */
export function Clock() {
  const desk = useDesk()
  const [said, setSaid] = useState<{ market: number; at: number } | null>(null)
  const [now, setNow] = useState(() => Date.now())
  const market = desk?.market_ns ?? null
  useEffect(() => {
    if (market !== null) setSaid({ market, at: Date.now() })
  }, [market])
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const ns = said ? said.market + Math.max(0, Math.min(2000, now - said.at)) * 1e6 * (desk?.speed ?? 1) : null
  return (
    <time className="hidden text-xs whitespace-nowrap text-muted md:inline" title={`${t('marketTime')} · ${t('hereTime', { time: new Date(now).toLocaleTimeString() })}`}>
      {clock(ns ?? now * 1e6)} <span className="text-faint">ET</span>
    </time>
  )
}
