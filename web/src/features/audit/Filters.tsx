import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { User } from '@/api/types.gen'
import { Button, Field, Input, Select } from '@/components/ui'
import { audit as t } from '@/i18n/en/audit'
import { api } from '@/lib/http'
import { eventChoices, isBackwards, NO_FILTER, PROGRAM, type Filter } from './filter'

interface Props {
  filter: Filter
  onChange: (filter: Filter) => void
  people: readonly Pick<User, 'id' | 'login'>[]
}

const REST_MS = 300

/** Who, what, when, and any word; the server looks through all of the trail. */
export function Filters({ filter, onChange, people }: Props) {
  const events = useQuery({ queryKey: ['audit-events'], queryFn: () => api('GET /api/v1/audit/events'), staleTime: 5_000 })
  const [typed, setTyped] = useState(filter.find)
  const set = (change: Partial<Filter>) => onChange({ ...filter, ...change })
  useEffect(() => setTyped(filter.find), [filter.find])
  useEffect(() => {
    if (typed === filter.find) return
    const timer = setTimeout(() => onChange({ ...filter, find: typed }), REST_MS)
    return () => clearTimeout(timer)
  }, [typed, filter, onChange])
  const who = [{ value: '', label: t('anybody') }, ...people.map((user) => ({ value: user.id, label: user.login })), { value: PROGRAM, label: t('program') }]
  const what = eventChoices(events.data?.events ?? (filter.event ? [filter.event] : []), t('allEvents'), (family) => t('allOf', { family }))
  return (
    <section aria-label={t('filters')} className="grid grid-cols-2 items-end gap-2 sm:grid-cols-3 lg:grid-cols-[8rem_10rem_minmax(10rem,1fr)_auto_auto_auto]">
      <Field label={t('who')}>{(ids) => <Select {...ids} value={filter.who} choices={who} onChange={(value) => set({ who: value })} />}</Field>
      <Field label={t('event')}>{(ids) => <Select {...ids} value={filter.event} choices={what} onChange={(event) => set({ event })} />}</Field>
      <Field label={t('filter')} className="max-sm:col-span-2">
        {(ids) => <Input {...ids} type="search" maxLength={100} value={typed} onChange={(e) => setTyped(e.target.value)} />}
      </Field>
      <Field label={t('fromTime')} className="max-sm:col-span-2">
        {(ids) => <Input {...ids} type="datetime-local" step={1} value={filter.from} aria-invalid={isBackwards(filter) || undefined} onChange={(e) => set({ from: e.target.value })} />}
      </Field>
      <Field label={t('toTime')} className="max-sm:col-span-2">
        {(ids) => <Input {...ids} type="datetime-local" step={1} value={filter.to} aria-invalid={isBackwards(filter) || undefined} onChange={(e) => set({ to: e.target.value })} />}
      </Field>
      <Button disabled={!Object.values(filter).some(Boolean)} onClick={() => onChange(NO_FILTER)}>
        {t('clear')}
      </Button>
    </section>
  )
}
