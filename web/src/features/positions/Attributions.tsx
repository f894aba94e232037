import { useState } from 'react'
import type { Attribution } from '@/api/types.gen'
import { TwinPanel, Waterfall } from '@/components/plot'
import { Help, Select, Table, type Column } from '@/components/ui'
import { positions as t } from '@/i18n/en/positions'
import { gain, tone } from '@/lib/format'

const parts = ['delta', 'gamma', 'theta', 'vega', 'vanna', 'other', 'trading', 'unexplained'] as const

const causes = { delta: 'byDelta', gamma: 'byGamma', theta: 'byTheta', vega: 'byVega', vanna: 'byVanna', other: 'byOther', trading: 'byTrading', unexplained: 'byNothing' } as const

const columns: Column<Attribution>[] = [
  { id: 'symbol', head: t('underlying'), cell: (row) => <span className="font-medium">{row.symbol || t('total')}</span> },
  ...parts.map((part): Column<Attribution> => ({ id: part, head: t(`a_${part}`), figures: true, help: causes[part], cell: (row) => <span className={tone(row[part])}>{gain(row[part])}</span> })),
  { id: 'total', head: t('a_total'), figures: true, help: 'byAll', cell: (row) => <span className={tone(row.total)}>{gain(row.total)}</span> },
]

/** Today's profit and loss by its causes, for one underlying or for all. */
export function Attributions({ attribution }: { attribution: Attribution[] }) {
  const [symbol, setSymbol] = useState('')
  const row = attribution.find((a) => a.symbol === symbol) ?? attribution.find((a) => a.symbol === '')
  const choices = attribution.toSorted((a, b) => a.symbol.localeCompare(b.symbol)).map((a) => ({ value: a.symbol, label: a.symbol || t('total') }))
  const nothing = !row || parts.every((part) => !row[part])
  return (
    <TwinPanel
      title={
        <>
          {t('attribution')} <Help fact="attribution" />
        </>
      }
      actions={choices.length > 1 && <Select aria-label={t('attributionOf')} className="!w-32" value={row?.symbol ?? ''} choices={choices} onChange={setSymbol} />}
      plot={
        nothing ? (
          <p className="p-3 text-muted">{t('noAttribution')}</p>
        ) : (
          <Waterfall
            className="p-3"
            summary={t('attributionSummary', { of: row.symbol || t('total'), total: gain(row.total) })}
            steps={[...parts.filter((part) => row[part] !== 0).map((part) => ({ label: t(`a_${part}`), value: row[part] })), { label: t('a_total'), value: row.total, total: true }]}
            format={(value) => gain(value, Math.abs(row.total ?? 0) < 1000 ? 2 : 0)}
          />
        )
      }
      table={<Table label={t('attribution')} rows={attribution} columns={columns} rowKey={(a) => a.symbol || 'all'} />}
    />
  )
}
