import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { BacktestNew, CatalogueEntry, Symbol as StoredSymbol } from '@/api/types.gen'
import { ParameterForm } from '@/components/strategy/ParameterForm'
import { changedOf, valuesOf, type ParameterValues } from '@/components/strategy/parameters'
import { Button, Empty, Failure, Field, Input, NumberInput, Panel, Select, Skeleton } from '@/components/ui'
import { backtests as t } from '@/i18n/en/backtests'
import { api } from '@/lib/http'
import { setParams } from '@/lib/router'
import { useMay } from '@/state/session'

/** What can be run: the catalogue, and what somebody saved. "c:NAME" or "s:ID". */
function useStrategies() {
  const catalogue = useQuery({ queryKey: ['catalogue'], queryFn: () => api('GET /api/v1/catalogue'), staleTime: 300_000 })
  const saved = useQuery({ queryKey: ['strategies'], queryFn: () => api('GET /api/v1/strategies', { query: { limit: 500 } }) })
  return { catalogue, saved }
}

/** The parameters of what is chosen: of a saved strategy as the server reads its text. */
function useEntry(choice: string, catalogue: CatalogueEntry[] | undefined) {
  const id = choice.startsWith('s:') ? choice.slice(2) : null
  const saved = useQuery({
    queryKey: ['strategy', id, 'entry'],
    enabled: id !== null,
    queryFn: async () => {
      const { text } = await api('GET /api/v1/strategies/{id}', { path: { id: id as string } })
      return (await api('POST /api/v1/strategies/check', { body: { text: text ?? '' } })).strategy ?? null
    },
  })
  return id ? (saved.data ?? null) : (catalogue?.find((entry) => `c:${entry.name}` === choice) ?? null)
}

interface Form {
  choice: string
  from: string
  to: string
  fill: '' | NonNullable<BacktestNew['fill']>
  fees: string
  cash: number | null
  seed: number
  values: ParameterValues
}

function bodyOf(form: Form, entry: CatalogueEntry): BacktestNew {
  return {
    ...(form.choice.startsWith('s:') ? { strategy_id: form.choice.slice(2) } : { strategy: form.choice.slice(2) }),
    from: form.from || undefined,
    to: form.to || undefined,
    fill: form.fill || undefined,
    fees: form.fees || undefined,
    cash_micros: form.cash === null ? undefined : Math.round(form.cash * 1e6),
    seed: form.seed === 1 ? undefined : form.seed,
    parameters: changedOf(entry.parameters, form.values),
  }
}

/** `from`: "1", or the choice ("c:NAME") with which to begin, its values behind a '?'. */
export function NewRun({ from, onStarted }: { from: string; onStarted: () => void }) {
  const { catalogue, saved } = useStrategies()
  const symbols = useQuery({ queryKey: ['symbols'], queryFn: () => api('GET /api/v1/symbols') })
  const [begin, query] = from.split('?') as [string, string | undefined]
  const given = useMemo(() => Object.fromEntries([...new URLSearchParams(query)].map(([name, value]) => [name, Number(value)])), [query])
  const [form, setForm] = useState<Form>({ choice: begin === '1' ? 'c:iron_condor' : begin, from: '', to: '', fill: '', fees: '', cash: null, seed: 1, values: given })
  const set = (change: Partial<Form>) => setForm((was) => ({ ...was, ...change }))
  const entry = useEntry(form.choice, catalogue.data?.items)
  const first = catalogue.data?.items[0]?.name
  const known = !catalogue.data || form.choice.startsWith('s:') || catalogue.data.items.some((e) => `c:${e.name}` === form.choice)
  useEffect(() => {
    if (!known && first) setForm((was) => ({ ...was, choice: `c:${first}`, values: {} }))
  }, [known, first])
  const start = useMutation({
    mutationFn: (body: BacktestNew) => api('POST /api/v1/backtests', { body, once: crypto.randomUUID() }),
    onSuccess: onStarted,
  })
  const close = () => setParams({ new: null })

  if (catalogue.isPending || symbols.isPending) return <Skeleton rows={14} />
  if (catalogue.isError) return <Failure error={catalogue.error} retry={() => void catalogue.refetch()} />
  if (symbols.isSuccess && symbols.data.items.length === 0) return <NoMarket />
  const data = symbols.data?.items.find((s) => s.symbol === entry?.underlying)
  const values = entry ? valuesOf(entry.parameters, form.values) : {}
  const choices = [
    ...catalogue.data.items.map((e) => ({ value: `c:${e.name}`, label: `${e.title} (${e.underlying})` })),
    ...(saved.data?.items ?? []).map((s) => ({ value: `s:${s.id}`, label: `${t('saved')}: ${s.name}, v${s.version}` })),
  ]

  return (
    <form
      className="mx-auto grid max-w-3xl gap-3 p-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (entry) start.mutate(bodyOf({ ...form, values }, entry))
      }}
    >
      <Panel title={t('new')} actions={<Button size="small" look="quiet" icon="close" onClick={close} aria-label={t('back')} />}>
        <div className="grid gap-3">
          <Field label={t('strategy')}>
            {(ids) => <Select {...ids} value={form.choice} choices={choices} onChange={(choice) => set({ choice, values: {} })} />}
          </Field>
          {entry && <p className="max-w-prose text-xs whitespace-pre-line text-muted">{entry.description.trim()}</p>}
          {entry && <DataOf entry={entry} data={data} />}
          <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
            <Field label={t('from')}>
              {(ids) => <Input {...ids} type="date" value={form.from} min={data?.first_day} max={data?.last_day} onChange={(e) => set({ from: e.target.value })} />}
            </Field>
            <Field label={t('to')}>
              {(ids) => <Input {...ids} type="date" value={form.to} min={data?.first_day} max={data?.last_day} onChange={(e) => set({ to: e.target.value })} />}
            </Field>
            <Field label={t('cash')}>{(ids) => <NumberInput {...ids} value={form.cash ?? 100_000} step={1000} min={1} onChange={(cash) => set({ cash })} />}</Field>
            <Field label={t('seed')}>{(ids) => <NumberInput {...ids} value={form.seed} min={0} onChange={(seed) => set({ seed })} />}</Field>
            <Field label={t('fill')} className="col-span-2">
              {(ids) => (
                <Select
                  {...ids}
                  value={form.fill}
                  onChange={(fill) => set({ fill })}
                  choices={[
                    { value: '', label: t('byStrategy') },
                    { value: 'share', label: t('fillShare') },
                    { value: 'natural', label: t('fillNatural') },
                    { value: 'calibrated', label: t('fillCalibrated') },
                    { value: 'mid', label: t('fillMid') },
                  ]}
                />
              )}
            </Field>
            <Field label={t('fees')} className="col-span-2">
              {(ids) => (
                <Select
                  {...ids}
                  value={form.fees}
                  onChange={(fees) => set({ fees })}
                  choices={[{ value: '', label: t('byStrategy') }, ...['ibkr-tiered', 'ibkr-lean', 'tastytrade', 'none'].map((name) => ({ value: name, label: name }))]}
                />
              )}
            </Field>
          </div>
        </div>
      </Panel>
      <Panel title={t('parameters')} level={3}>
        {entry ? <ParameterForm parameters={entry.parameters} values={values} none={t('noParameters')} onChange={(next) => set({ values: next })} /> : <Skeleton rows={3} />}
      </Panel>
      {start.isError && <Failure error={start.error} className="!m-0" />}
      <div className="flex justify-end gap-2">
        <Button
          type="submit"
          look="primary"
          size="large"
          disabled={!entry || start.isPending}
          whyNot={entry && !data && t('noData', { symbol: entry.underlying })}
        >
          {start.isPending ? t('starting') : t('start')}
        </Button>
      </div>
    </form>
  )
}

function DataOf({ entry, data }: { entry: CatalogueEntry; data: StoredSymbol | undefined }) {
  return (
    <p className={data ? 'text-xs text-faint' : 'text-xs text-warn'}>
      {data ? t('dataOf', { from: data.first_day, to: data.last_day, n: data.days }) : t('noData', { symbol: entry.underlying })}
    </p>
  )
}

function NoMarket() {
  const may = useMay('data:write')
  const make = useMutation({ mutationFn: () => api('POST /api/v1/simulations', { body: { symbols: 'SPX,SPY,VIX', from: '2024-01-02', to: '2024-06-28' }, once: crypto.randomUUID() }) })
  return (
    <Empty
      icon="charts"
      title={t('noMarket')}
      action={
        <Button look="primary" onClick={() => make.mutate()} disabled={make.isPending || make.isSuccess} whyNot={!may && 'data:write'}>
          {make.isSuccess ? t('running') : t('simulate')}
        </Button>
      }
    >
      {t('noMarketText')}
      {make.isError && <Failure error={make.error} />}
    </Empty>
  )
}
