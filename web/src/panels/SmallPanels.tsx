import { desk as t } from '@/i18n/en/desk'
import { Badge, Empty, Help, Skeleton } from '@/components/ui'
import { clock, fromMicros, gain, tone } from '@/lib/format'
import { useDraftMarket } from '@/lib/draft_market'
import { range } from '@/lib/payoff/payoff'
import { useTopic } from '@/lib/stream/client'
import { useDraft } from '@/state/draft'
import { OrdersTable } from './OrdersTable'
import { PayoffPlot } from './PayoffPlot'

export function WorkingOrders() {
  const orders = useTopic('orders')
  return orders === null ? <Skeleton rows={4} /> : <OrdersTable orders={orders} only="working" />
}

export function AlertsList() {
  const alerts = useTopic('alerts') ?? []
  if (alerts.length === 0) return <Empty icon="alert" title={t('noAlerts')} />
  return (
    <ul className="h-full divide-y divide-line overflow-auto" tabIndex={0} aria-label={t('alerts')}>
      {alerts
        .toSorted((a, b) => b.created_ns - a.created_ns)
        .map((alert) => (
          <li key={alert.id} className="flex items-baseline gap-2 px-3 py-1.5">
            <time className="text-2xs text-faint">{clock(alert.created_ns)}</time>
            <Badge tone={alert.level === 'warning' ? 'warn' : alert.level === 'info' ? 'plain' : 'down'}>{alert.level}</Badge>
            <span className="min-w-0 flex-1 break-words">{alert.text}</span>
          </li>
        ))}
    </ul>
  )
}

/** Strategies on the desk and what each last said. */
export function Signals() {
  const strategies = useTopic('strategies') ?? []
  if (strategies.length === 0)
    return (
      <Empty icon="strategies" title={t('noSignals')}>
        {t('noSignalsText')}
      </Empty>
    )
  return (
    <ul className="h-full divide-y divide-line overflow-auto" tabIndex={0} aria-label={t('signals')}>
      {strategies.map((s) => (
        <li key={s.id} className="grid gap-0.5 px-3 py-2">
          <div className="flex items-center gap-2">
            <span className="font-semibold first-letter:uppercase">{s.strategy.replaceAll('_', ' ')}</span>
            <Badge tone={s.armed ? 'up' : 'plain'}>{s.armed ? t('armed') : t('disarmed')}</Badge>
            <span className="flex-1" />
            <Help fact="strategyPnl" />
            <span className={tone(s.pnl_micros)}>{gain(fromMicros(s.pnl_micros))}</span>
          </div>
          <p className="text-2xs text-muted">
            {s.symbol} · {t('trades', { open: s.open_trades, closed: s.closed_trades })}
          </p>
        </li>
      ))}
    </ul>
  )
}

export function DraftPayoff() {
  const draft = useDraft()
  const market = useDraftMarket(draft)
  const { priced, spot } = market
  if (priced.length === 0 || spot === null)
    return (
      <Empty icon="builder" title={t('noDraft')}>
        {t('noDraftText')}
      </Empty>
    )
  const [from, to] = range(priced, spot)
  return <PayoffPlot legs={priced} spot={spot} from={from} to={to} yearsAhead={0} shift={0} className="h-full" />
}
