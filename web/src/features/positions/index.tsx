import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { OrderNew, RiskLimit } from '@/api/types.gen'
import { Empty, Failure, Panel, Skeleton, Stat, Stats } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { useDesk } from '@/lib/desk'
import { dollars, fromMicros, gain, tone } from '@/lib/format'
import { api } from '@/lib/http'
import { useOne } from '@/lib/stream/client'
import { Attributions } from './Attributions'
import { CorrelationPanel } from './CorrelationPanel'
import { Limits } from './Limits'
import { MarginPanel } from './MarginPanel'
import { PositionTable } from './PositionTable'
import { GreekTable } from './GreekTable'
import { ScenarioPanel } from './ScenarioPanel'
import { WhatIf } from './WhatIf'

/** What is held, what moves it, what could happen to it, and how near the limits are. */
export default function Positions() {
  const desk = useDesk()
  const risk = useQuery({ queryKey: ['risk'], queryFn: () => api('GET /api/v1/risk'), refetchInterval: 3000, enabled: desk !== null && desk.state !== 'failed' && desk.state !== 'recovering' })
  const margin = useQuery({ queryKey: ['risk', 'margin'], queryFn: () => api('GET /api/v1/risk/margin'), refetchInterval: 5000, enabled: desk !== null && desk.state !== 'failed' && desk.state !== 'recovering' })
  const [whatIf, setWhatIf] = useState<OrderNew | null>(null)
  if (desk === null) {
    return (
      <Empty icon="positions" title={t('noDesk')}>
        {t('noDeskText')}
      </Empty>
    )
  }
  // What a desk holds that could not be opened is not known: nothing is shown in its place.
  if (desk.state === 'failed' || desk.state === 'recovering') {
    return (
      <Empty icon={desk.state === 'failed' ? 'warn' : 'positions'} title={t(desk.state)}>
        {desk.text}
      </Empty>
    )
  }
  return (
    <div className="mx-auto grid max-w-7xl gap-3 p-3">
      <h1 className="quiet">{t('title')}</h1>
      <Account limits={risk.data?.limits ?? []} />
      <PositionTable />
      {risk.isPending && <Skeleton rows={12} />}
      {risk.isError && <Failure error={risk.error} retry={() => void risk.refetch()} />}
      {risk.data && (
        <>
          <GreekTable risk={risk.data} />
          <ScenarioPanel scenarios={risk.data.scenarios} title={t('scenarios')} />
          {margin.isPending && <Skeleton rows={6} />}
          {margin.isError && (
            <Panel title={t('marginGrid')}>
              <Failure error={margin.error} retry={() => void margin.refetch()} className="!m-0" />
            </Panel>
          )}
          {margin.data && <MarginPanel grid={margin.data} title={t('marginGrid')} />}
          <WhatIf now={risk.data} margin={margin.data ?? null} order={whatIf} onOrder={setWhatIf} />
          <div className="grid items-start gap-3 lg:grid-cols-2">
            <Attributions attribution={risk.data.attribution} />
            <Limits limits={risk.data.limits} />
          </div>
          <CorrelationPanel />
        </>
      )}
    </div>
  )
}

function Account({ limits }: { limits: readonly RiskLimit[] }) {
  const account = useOne('account')
  if (!account) return <Skeleton rows={2} />
  const today = fromMicros(account.pnl_today_micros)
  const all = fromMicros(account.pnl_micros)
  const standing = (limit: string) => limits.find((row) => row.limit === limit)?.value ?? null
  return (
    <Panel title={account.name || account.id}>
      <Stats className="grid-cols-[repeat(auto-fit,minmax(7rem,1fr))]">
        <Stat label={t('equity')} value={dollars(fromMicros(account.equity_micros), 2)} help="equity" />
        <Stat label={t('today')} value={gain(today, 2)} tone={tone(today)} help="pnlDay" />
        <Stat label={t('all')} value={gain(all, 2)} tone={tone(all)} help="equity" />
        <Stat label={t('cash')} value={dollars(fromMicros(account.cash_micros))} help="cash" />
        <Stat label={t('margin')} value={dollars(fromMicros(account.margin_micros))} help="margin" />
        <Stat label={t('free')} value={dollars(fromMicros(account.free_micros))} help="buyingPower" />
        <Stat label={t('var')} value={dollars(standing('var'))} help="valueAtRisk" />
        <Stat label={t('shortfall')} value={dollars(standing('shortfall'))} help="shortfall" />
      </Stats>
    </Panel>
  )
}
