import { useState, type ReactNode } from 'react'
import { IconButton, Panel } from '@/components/ui'
import { plots as t } from '@/i18n/en/plots'

interface Props {
  title: ReactNode
  plot: ReactNode
  table: ReactNode
  actions?: ReactNode
  className?: string
}

/** A plot and, a click away, the same as a table. */
export function TwinPanel({ title, plot, table, actions, className }: Props) {
  const [asTable, setAsTable] = useState(false)
  return (
    <Panel
      title={title}
      flush
      className={className}
      actions={
        <>
          {actions}
          <IconButton icon={asTable ? 'plot' : 'table'} label={asTable ? t('plot') : t('table')} onClick={() => setAsTable(!asTable)} />
        </>
      }
    >
      {asTable ? table : plot}
    </Panel>
  )
}
