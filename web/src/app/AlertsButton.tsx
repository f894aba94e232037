import { useId, useRef } from 'react'
import { Badge, Button, cx, Icon } from '@/components/ui'
import { api } from '@/lib/http'
import { clock, localMoment } from '@/lib/format'
import { useTopic } from '@/lib/stream/client'
import { shell as t } from '@/i18n/en/shell'

/** How many alerts nobody has seen, and what they say. */
export function AlertsButton() {
  const alerts = useTopic('alerts') ?? []
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const fresh = alerts.filter((a) => a.seen_ns === null)
  const place = () => {
    const box = button.current?.getBoundingClientRect()
    if (!box || !list.current) return
    list.current.style.top = `${box.bottom + 4}px`
    list.current.style.right = `${Math.max(8, window.innerWidth - box.right)}px`
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-label={t('alerts', { n: fresh.length })}
        className={cx('relative grid h-control min-w-6 place-items-center rounded-[5px] px-1 hover:bg-hover', fresh.length ? 'text-warn' : 'text-muted')}
      >
        <Icon name="alert" />
        {fresh.length > 0 && <span className="absolute -top-0.5 -right-0.5 grid h-3.5 min-w-3.5 place-items-center rounded-full bg-warn px-0.5 text-[9px] font-bold text-panel">{Math.min(99, fresh.length)}</span>}
      </button>
      <div ref={list} id={id} popover="auto" onToggle={(e) => e.newState === 'open' && place()} className="fixed inset-auto m-0 max-h-[70dvh] w-96 max-w-[calc(100vw-1rem)] overflow-auto rounded-md border border-line-strong bg-raised text-text shadow-float">
        {alerts.length === 0 && <p className="p-4 text-center text-muted">{t('noAlerts')}</p>}
        <ul className="divide-y divide-line">
          {alerts
            .toSorted((a, b) => b.created_ns - a.created_ns)
            .slice(0, 50)
            .map((alert) => (
              <li key={alert.id} className="grid gap-1 p-3">
                <div className="flex items-center gap-2 text-2xs text-faint">
                  <Badge tone={alert.level === 'error' || alert.level === 'critical' ? 'down' : alert.level === 'warning' ? 'warn' : 'plain'}>{alert.level}</Badge>
                  <span>{alert.source}</span>
                  <span className="flex-1" />
                  <time title={localMoment(alert.created_ns)}>{clock(alert.created_ns)}</time>
                </div>
                <p className="break-words">{alert.text}</p>
                {alert.seen_ns === null && (
                  <Button size="small" look="quiet" className="justify-self-start" onClick={() => void api('POST /api/v1/alerts/{id}/seen', { path: { id: alert.id } })}>
                    {t('seen')}
                  </Button>
                )}
              </li>
            ))}
        </ul>
      </div>
    </>
  )
}
