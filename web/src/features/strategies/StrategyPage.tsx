import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { CatalogueEntry } from '@/api/types.gen'
import { ParameterForm } from '@/components/strategy/ParameterForm'
import { changedOf, valuesOf, type ParameterValues } from '@/components/strategy/parameters'
import { Badge, Button, Failure, Field, Panel, Select, Skeleton, toast } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { strategies as t } from '@/i18n/en/strategies'
import { useDesk } from '@/lib/desk'
import { api } from '@/lib/http'
import { navigate, setParams } from '@/lib/router'
import { OrderDialog } from '@/panels/Mode'
import { useMay } from '@/state/session'
import { Editor } from './Editor'
import { useFile, type Chosen } from './queries'
import { Versions } from './Versions'

export function StrategyPage({ chosen }: { chosen: Chosen }) {
  const file = useFile(chosen)
  const [editing, setEditing] = useState(false)
  if (file.isPending) return <Skeleton rows={16} />
  if (file.isError) return <Failure error={file.error} retry={() => void file.refetch()} />
  const { entry, text, saved } = file.data
  return (
    <>
      <header className="flex flex-wrap items-center gap-2">
        <Button size="small" look="quiet" icon="left" className="md:!hidden" onClick={() => setParams({ strategy: null })}>
          {t('back')}
        </Button>
        <h1 className="min-w-0 truncate text-base font-semibold">{saved?.name ?? entry?.title ?? chosen.id}</h1>
        {entry && <Badge>{entry.underlying}</Badge>}
        {saved && <Badge tone="accent">{t('version', { n: saved.version })}</Badge>}
      </header>
      {entry && <p className="max-w-prose text-muted">{entry.description.trim()}</p>}
      {entry && <Run chosen={chosen} entry={entry} />}
      <Panel
        title={t('file')}
        flush={!editing}
        actions={
          !editing && (
            <Button size="small" look="quiet" onClick={() => setEditing(true)}>
              {saved ? t('edit') : t('copy')}
            </Button>
          )
        }
      >
        {editing ? <Editor text={text} saved={saved} name={entry?.title ?? chosen.id} onDone={() => setEditing(false)} /> : <Source text={text} />}
      </Panel>
      {saved && <Versions id={saved.id} newest={saved.version} />}
    </>
  )
}

function Source({ text }: { text: string }) {
  return (
    <pre className="max-h-[32rem] overflow-auto p-3 font-mono text-xs leading-5" tabIndex={0} aria-label={t('text')}>
      {text}
    </pre>
  )
}

/** Parameters, and what can be done with them: arm, or test. */
function Run({ chosen, entry }: { chosen: Chosen; entry: CatalogueEntry }) {
  const [values, setValues] = useState<ParameterValues>(() => valuesOf(entry.parameters))
  const [symbol, setSymbol] = useState(entry.underlying)
  const [asking, setAsking] = useState(false)
  const desk = useDesk()
  const may = useMay('trade:paper')
  const changed = changedOf(entry.parameters, values)
  const arm = useMutation({
    mutationFn: () =>
      api('POST /api/v1/desk/strategies', {
        body: {
          ...(chosen.kind === 'catalogue' ? { strategy: chosen.id } : { strategy_id: chosen.id }),
          symbol: symbol === entry.underlying ? undefined : symbol,
          parameters: changed,
        },
      }),
    onSuccess: () => {
      setAsking(false)
      toast(t('armed_', { name: entry.title }), 'up')
      setParams({ strategy: null }, { replace: true })
    },
  })
  const test = () => {
    const query = changed ? `?${new URLSearchParams(Object.entries(changed).map(([name, value]) => [name, String(value)]))}` : ''
    navigate(`/backtests?new=${encodeURIComponent(`${chosen.kind === 'catalogue' ? 'c' : 's'}:${chosen.id}${query}`)}`)
  }
  const symbols = [...new Set([entry.underlying, ...(desk?.symbols ?? [])])].map((name) => ({ value: name, label: name }))
  return (
    <Panel
      title={t('parameters')}
      actions={
        <>
          <Button size="small" icon="backtests" onClick={test}>
            {t('backtest')}
          </Button>
          <Button size="small" look="primary" onClick={() => setAsking(true)} whyNot={!may ? t('needsPermission') : !desk && t('noDesk')}>
            {t('arm')}
          </Button>
        </>
      }
    >
      <ParameterForm parameters={entry.parameters} values={values} onChange={setValues} none={t('noParameters')} />
      <Field label={t('symbol')} className="mt-3 max-w-48">
        {(ids) => <Select {...ids} value={symbol} choices={symbols} onChange={setSymbol} />}
      </Field>
      <OrderDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t('armTitle', { name: entry.title })}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{common('cancel')}</Button>
            <Button look="primary" disabled={arm.isPending} onClick={() => arm.mutate()}>
              {t('arm')}
            </Button>
          </>
        }
      >
        <p className="p-4">{t('armText', { symbol })}</p>
        {changed && (
          <ul className="px-4 pb-4 text-xs text-muted">
            {Object.entries(changed).map(([name, value]) => (
              <li key={name}>
                {name.replaceAll('_', ' ')}: <strong>{value}</strong>
              </li>
            ))}
          </ul>
        )}
        {arm.isError && <Failure error={arm.error} />}
      </OrderDialog>
    </Panel>
  )
}
