import { useState } from 'react'
import { orders as t } from '@/i18n/en/orders'
import { Button, cx, Failure, Icon, Skeleton, Stat, Stats } from '@/components/ui'
import { dollars, fromMicros, gain, greek, number } from '@/lib/format'
import type { Verdict as VerdictState } from '@/lib/preview'
import type { Gate, Preview } from '@/api/types.gen'

/** The desk has said what it makes of this very order, or why it cannot. */
export const isJudged = (verdict: VerdictState) => verdict.current || verdict.error !== null

/** What every gate says, those that refuse first; then what the order would cost and risk. Brief: of one that ends a risk, what it would cost alone. Old: why it holds no longer; it is struck then. */
export function Verdict({ verdict, brief, old }: { verdict: VerdictState; brief?: boolean; old?: string | null }) {
  return (
    <>
      {old && (
        <p role="status" className="mx-3 mt-3 flex items-center gap-2 rounded-md border border-warn/50 bg-warn-soft px-2.5 py-1.5 text-xs text-warn">
          <Icon name="warn" size={14} className="shrink-0" />
          {old}
        </p>
      )}
      <Judged verdict={verdict} brief={brief} old={Boolean(old)} />
    </>
  )
}

function Judged({ verdict, brief, old }: { verdict: VerdictState; brief?: boolean; old: boolean }) {
  const { preview, current, error } = verdict
  const tone = (normal?: string) => (old ? 'stale' : normal)
  if (error) return <Failure error={error} retry={verdict.ask} />
  if (!preview) return <Skeleton rows={brief ? 3 : 6} />
  return (
    <div className={cx('grid gap-3 px-3 py-3', !current && !old && 'opacity-60')} aria-busy={!current}>
      <Gates preview={preview} old={old} />
      <Stats className="grid-cols-3">
        {!brief && (
          <>
            <Stat label={t('maxProfit')} help="maxProfit" tone={tone('text-up')} value={preview.profit_unbounded ? t('unlimited') : preview.max_profit_micros === null ? t('unknown') : dollars(preview.max_profit_micros / 1e6)} />
            <Stat label={t('maxLoss')} help="worstLoss" tone={tone('text-down')} value={preview.loss_unbounded ? t('unlimited') : preview.max_loss_micros === null ? t('unknown') : dollars(-Math.abs(preview.max_loss_micros) / 1e6)} />
            <Stat label={t('breakevens')} help="breakevens" tone={tone()} value={preview.breakevens.length ? preview.breakevens.map((b) => number(b, 1)).join(' / ') : '—'} />
          </>
        )}
        <Stat label={t('margin')} help="margin" tone={tone()} value={dollars(fromMicros(preview.margin_after_micros))} detail={t('marginBy', { before: dollars(fromMicros(preview.margin_before_micros)) })} />
        <Stat label={t('fees')} help="fees" tone={tone()} value={dollars(fromMicros(preview.fees_micros), 2)} />
        <Stat label={t('cash')} help="orderCash" tone={tone()} value={gain(fromMicros(preview.cash_micros), 2)} />
        {!brief && (
          <>
            <Stat label={t('delta')} help="delta" tone={tone()} value={greek('delta', preview.delta)} />
            <Stat label={t('theta')} help="theta" tone={tone()} value={greek('theta', preview.theta)} />
            <Stat label={t('vega')} help="vega" tone={tone()} value={greek('vega', preview.vega)} />
          </>
        )}
      </Stats>
    </div>
  )
}

/** Those that refuse first; the others unfold. */
export function Gates({ preview, old = false }: { preview: Pick<Preview, 'allowed' | 'needs_signature' | 'reason' | 'gates'>; old?: boolean }) {
  const [all, setAll] = useState(false)
  const bad = preview.gates.filter((g) => !g.passed)
  const good = preview.gates.filter((g) => g.passed)
  return (
    <section aria-label={t('verdict')} className={cx('rounded-md border', old ? 'border-line' : preview.allowed ? 'border-up/40' : 'border-down/50')}>
      <p role="status" className={cx('flex items-center gap-2 rounded-t-md px-2.5 py-1.5 text-xs font-semibold', old ? 'stale bg-raised' : preview.allowed ? 'bg-up-soft text-up' : 'bg-down-soft text-down')}>
        <Icon name={preview.allowed ? 'check' : 'warn'} size={14} />
        {preview.allowed ? (preview.needs_signature ? t('signature') : t('allowed')) : t('refused')}
      </p>
      {!preview.allowed && preview.reason && <p className="px-2.5 pt-2 text-xs">{preview.reason}</p>}
      {(bad.length > 0 || all) && (
        <ul className="grid gap-1 p-2">
          {bad.map((gate) => (
            <GateLine key={`${gate.gate}${gate.rule}`} gate={gate} />
          ))}
          {all && good.map((gate) => <GateLine key={`${gate.gate}${gate.rule}`} gate={gate} />)}
        </ul>
      )}
      {good.length > 0 && (
        <Button size="small" look="quiet" className="m-1" onClick={() => setAll(!all)}>
          {all ? t('showFew') : t('rulesPass', { n: good.length })}
        </Button>
      )}
    </section>
  )
}

function GateLine({ gate }: { gate: Gate }) {
  return (
    <li className="flex items-start gap-2 text-xs">
      <span className={cx('mt-0.5', gate.passed ? 'text-up' : 'text-down')}>
        <Icon name={gate.passed ? 'check' : 'close'} size={12} />
      </span>
      <span className="quiet">{gate.passed ? t('passed') : t('failed')}</span>
      <span className="min-w-0 flex-1">
        <span className="text-muted">
          {t(`gate_${gate.gate}`)} · {gate.rule}
        </span>{' '}
        {gate.text}
        {!gate.passed && gate.would_pass && <span className="block text-muted">{t('wouldPass', { what: gate.would_pass })}</span>}
      </span>
    </li>
  )
}
