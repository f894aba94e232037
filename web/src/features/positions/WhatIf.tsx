import { useQuery } from '@tanstack/react-query'
import type { MarginGrid, OrderNew, Risk } from '@/api/types.gen'
import { Button, cx, Failure, Menu, Panel, Skeleton } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { dollars, fromMicros, gain, greek, signed } from '@/lib/format'
import { api } from '@/lib/http'
import { nameOf, turnedRound, worstOf } from '@/lib/risk'
import { useTopic } from '@/lib/stream/client'
import { orderOf, useDraft } from '@/state/draft'
import { MarginPanel } from './MarginPanel'
import { ScenarioPanel } from './ScenarioPanel'

interface Props {
  now: Risk
  /** Null: not known yet. */
  margin: MarginGrid | null
  order: OrderNew | null
  onOrder: (order: OrderNew | null) => void
}

/** A copy of the account with an order as if it were filled: dashed, in its own colour, and named as not live. */
export function WhatIf({ now, margin, order, onOrder }: Props) {
  const draft = useDraft()
  const asked = useQuery({
    queryKey: ['risk', 'what-if', order],
    queryFn: () => api('POST /api/v1/risk/what-if', { body: order as OrderNew }),
    enabled: order !== null,
    retry: false,
  })
  const askedMargin = useQuery({
    queryKey: ['risk', 'margin', 'what-if', order],
    queryFn: () => api('POST /api/v1/risk/margin/what-if', { body: order as OrderNew }),
    enabled: order !== null,
    retry: false,
  })
  const positions = useTopic('positions')
  const held = (positions ?? []).flatMap((position) => {
    const closing = turnedRound(position)
    return closing ? [{ position, closing }] : []
  })
  const take = () => onOrder({ ...orderOf({ ...draft, type: 'market' }, null), type: 'market' })
  if (order === null) {
    return (
      <Panel title={t('whatIf')} className="border-dashed">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-prose text-muted">{t('whatIfText')}</p>
          <div className="flex flex-wrap gap-2">
            {held.length > 0 && (
              <Menu
                label={t('takePosition')}
                className="border border-line bg-raised !text-text"
                trigger={<span className="px-1 text-xs">{t('takePosition')}</span>}
                items={held.map(({ position, closing }) => ({ label: nameOf(position), onSelect: () => onOrder(closing) }))}
              />
            )}
            <Button onClick={take} whyNot={draft.legs.length === 0 && t('noDraft')}>
              {t('takeDraft')}
            </Button>
          </div>
        </div>
      </Panel>
    )
  }
  return (
    <section aria-label={t('whatIf')} className="grid gap-3 rounded-lg border-2 border-dashed border-warn bg-warn-soft/30 p-3">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <p className="font-semibold text-warn">{t('whatIfBanner')}</p>
        <div className="flex gap-1">
          <Button size="small" onClick={() => draft.show(true)}>
            {t('toTicket')}
          </Button>
          <Button size="small" icon="close" onClick={() => onOrder(null)}>
            {t('leave')}
          </Button>
        </div>
      </header>
      <p className="text-xs text-muted">
        {order.quantity}× {order.legs.map((leg) => `${leg.side === 'buy' ? '+' : '\u2212'}${leg.ratio} ${leg.contract}`).join('  ')}
      </p>
      {asked.isPending && <Skeleton rows={6} />}
      {asked.isError && <Failure error={asked.error} className="!m-0" />}
      {asked.data && (
        <>
          <Changes before={now} after={asked.data} margin={margin} marginAfter={askedMargin.data ?? null} />
          <ScenarioPanel scenarios={asked.data.scenarios} title={`${t('scenarios')}: ${t('whatIf')}`} className="border-dashed !border-warn/60" />
        </>
      )}
      {askedMargin.isError && <Failure error={askedMargin.error} className="!m-0" />}
      {askedMargin.data && <MarginPanel grid={askedMargin.data} title={`${t('marginGrid')}: ${t('whatIf')}`} nothing={t('marginNothingAfter')} className="border-dashed !border-warn/60" />}
    </section>
  )
}

const total = (risk: Risk) => risk.rows.find((row) => row.symbol === '') ?? risk.rows.at(-1)

function Changes({ before, after, margin, marginAfter }: { before: Risk; after: Risk; margin: MarginGrid | null; marginAfter: MarginGrid | null }) {
  const a = total(before)
  const b = total(after)
  const rows: { name: string; was: number | null; is: number | null; format: (v: number | null) => string }[] = [
    { name: t('weighted'), was: a?.weighted_delta ?? null, is: b?.weighted_delta ?? null, format: (v) => signed(v, 1) },
    { name: t('dollarDelta'), was: a?.dollar_delta ?? null, is: b?.dollar_delta ?? null, format: (v) => dollars(v) },
    { name: t('dollarGamma'), was: a?.dollar_gamma ?? null, is: b?.dollar_gamma ?? null, format: (v) => dollars(v) },
    { name: t('theta'), was: a?.theta ?? null, is: b?.theta ?? null, format: (v) => greek('theta', v) },
    { name: t('vega'), was: a?.vega ?? null, is: b?.vega ?? null, format: (v) => greek('vega', v) },
    { name: t('margin'), was: fromMicros(before.margin_micros), is: fromMicros(marginAfter?.strategy_initial_micros), format: (v) => dollars(v) },
    { name: t('portfolioMargin'), was: fromMicros(margin?.portfolio_micros), is: fromMicros(marginAfter?.portfolio_micros), format: (v) => dollars(v) },
    { name: t('worst'), was: worstOf(before.scenarios), is: worstOf(after.scenarios), format: (v) => gain(v) },
  ]
  return (
    <div className="overflow-x-auto" role="region" tabIndex={0} aria-label={t('change')}>
      <table className="w-full text-right text-xs">
        <caption className="quiet">{t('whatIf')}</caption>
        <thead>
          <tr className="text-2xs text-muted">
            <th scope="col" className="px-2 py-1 text-left font-medium">
              {t('figure')}
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              {t('before')}
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              {t('after')}
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              {t('change')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const change = row.was === null || row.is === null ? null : row.is - row.was
            return (
              <tr key={row.name} className="h-row border-t border-line">
                <th scope="row" className="px-2 text-left font-normal text-muted">
                  {row.name}
                </th>
                <td className="px-2">{row.format(row.was)}</td>
                <td className="px-2 font-semibold">{row.format(row.is)}</td>
                <td className={cx('px-2', change !== null && change !== 0 && 'text-accent')}>
                  {change !== null && change > 0 && '+'}
                  {row.format(change).replace(/^\+/, '')}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
