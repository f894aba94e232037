import { useEffect, useState, type ReactNode } from 'react'
import { ApiError } from '@/lib/http'
import { age as ageText } from '@/lib/format'
import { common } from '@/i18n/en/common'
import { Button } from './Button'
import { cx } from './cx'
import { Icon, type IconName } from './Icon'

/** Nothing here yet: what would be, and how to get it. */
export function Empty({ icon, title, children, action }: { icon?: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid h-full min-h-32 place-items-center p-6">
      <div className="grid max-w-md justify-items-center gap-2 text-center">
        {icon && <Icon name={icon} size={26} className="text-faint" />}
        <p className="text-sm font-medium">{title}</p>
        {children && <div className="text-muted">{children}</div>}
        {action}
      </div>
    </div>
  )
}

interface FailureProps {
  error: unknown
  retry?: () => void
  className?: string
  /** What was not done; else that something was not. */
  title?: string
  /** What it means, and what to do now. */
  advice?: string
  onDismiss?: () => void
}

/** What went wrong, where, what to do, and the number to find it by. */
export function Failure({ error, retry, className, title = common('errorTitle'), advice, onDismiss }: FailureProps) {
  const [copied, setCopied] = useState(false)
  const text = error instanceof Error ? error.message : String(error)
  const api = error instanceof ApiError ? error : null
  const fields = api?.problem.errors ?? []
  const copy = () => {
    const all = [title, text, ...fields.map((f) => `${f.at}: ${f.text}`), api && `code ${api.code}, request ${api.requestId}`].filter(Boolean).join('\n')
    void navigator.clipboard?.writeText(all).then(() => setCopied(true))
  }
  return (
    <div role="alert" className={cx('m-3 rounded-md border border-down/50 bg-down-soft p-3', className)}>
      <p className="flex items-start gap-2 font-semibold text-down">
        <Icon name="warn" className="mt-px" />
        <span className="min-w-0 flex-1 break-words">{title}</span>
        {onDismiss && (
          <button type="button" aria-label={common('dismiss')} onClick={onDismiss} className="-m-1 grid size-6 place-items-center text-muted hover:text-text coarse:size-11">
            <Icon name="close" size={12} />
          </button>
        )}
      </p>
      <p className="mt-1 break-words text-text">{text}</p>
      {fields.length > 0 && (
        <ul className="mt-1 list-disc pl-5 text-text">
          {fields.map((f) => (
            <li key={f.at}>
              <code>{f.at.replace('/body/', '')}</code>: {f.text}
            </li>
          ))}
        </ul>
      )}
      {advice && <p className="mt-1 text-text">{advice}</p>}
      <div className="mt-2 flex flex-wrap items-center gap-2 text-xs text-muted">
        {retry && (
          <Button size="small" icon="refresh" onClick={retry}>
            {common('retry')}
          </Button>
        )}
        <Button size="small" look="quiet" icon={copied ? 'check' : 'copy'} onClick={copy}>
          {copied ? common('copied') : common('copy')}
        </Button>
        {api && <span>{common('code', { code: api.code })}</span>}
        {api?.requestId && <span>{common('request', { id: api.requestId })}</span>}
      </div>
    </div>
  )
}

/** The shape of what comes, so that nothing jumps when it does. */
export function Skeleton({ rows = 8, className }: { rows?: number; className?: string }) {
  return (
    <div aria-busy="true" aria-label={common('loading')} role="status" className={cx('grid gap-2 p-3', className)}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className={cx('skeleton h-4', ['w-full', 'w-11/12', 'w-9/12', 'w-10/12'][i % 4])} />
      ))}
    </div>
  )
}

/** How old the data is, counting; warned of above `limit` ms. */
export function Age({ at, limit = 2000 }: { at: number | null; limit?: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  if (at === null) return null
  const ms = Math.max(0, now - at)
  const text = ageText(ms)
  return (
    <span className={cx('text-2xs whitespace-nowrap', ms > limit ? 'font-medium text-warn' : 'text-faint')} title={common('age', { age: text })}>
      {text}
    </span>
  )
}

export function Progress({ value, label }: { value: number | null; label: string }) {
  return (
    <progress aria-label={label} value={value ?? undefined} max={1} className="h-1.5 w-full overflow-hidden rounded-full accent-[var(--accent)] [&::-webkit-progress-bar]:bg-inset [&::-webkit-progress-value]:bg-accent" />
  )
}
