import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Strategy } from '@/api/types.gen'
import { Badge, Button, Failure, Field, Input, toast } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { strategies as t } from '@/i18n/en/strategies'
import { api } from '@/lib/http'
import { setParams } from '@/lib/router'

interface Props {
  text: string
  /** The strategy that gets a version; null: a new one is saved. */
  saved: Strategy | null
  name: string
  onDone: () => void
}

/** What was typed, once it rests for a while. */
function useRested(text: string, ms: number): string {
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), ms)
    return () => clearTimeout(timer)
  }, [text, ms])
  return rested
}

/** The file as text, read by the server while one types: line, column and what to do. */
export function Editor({ text: before, saved, name: title, onDone }: Props) {
  const [text, setText] = useState(before)
  const [name, setName] = useState(saved?.name ?? `${title} (my copy)`.slice(0, 64))
  const [note, setNote] = useState('')
  const client = useQueryClient()
  const rested = useRested(text, 400)
  const verdict = useQuery({ queryKey: ['strategy', 'check', rested], queryFn: () => api('POST /api/v1/strategies/check', { body: { text: rested } }), enabled: rested.trim() !== '', gcTime: 10_000 })
  const save = useMutation({
    mutationFn: () =>
      saved
        ? api('POST /api/v1/strategies/{id}/versions', { path: { id: saved.id }, body: { text, note: note || undefined } })
        : api('POST /api/v1/strategies', { body: { name, text, note: note || undefined } }),
    onSuccess: async (now) => {
      toast(t('savedNow', { n: now.version }), 'up')
      await client.invalidateQueries({ queryKey: ['strategies'] })
      await client.invalidateQueries({ queryKey: ['strategy'] })
      onDone()
      setParams({ strategy: `s:${now.id}` }, { replace: true })
    },
  })
  const fresh = rested === text && !verdict.isPending
  const good = fresh && verdict.data?.good === true
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (good) save.mutate()
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        {!saved && <Field label={t('name')}>{(ids) => <Input {...ids} value={name} maxLength={64} required onChange={(event) => setName(event.target.value)} />}</Field>}
        <Field label={t('note')}>{(ids) => <Input {...ids} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />}</Field>
      </div>
      <textarea
        aria-label={t('text')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
        rows={Math.min(36, Math.max(12, text.split('\n').length + 1))}
        className="w-full resize-y rounded-[5px] border border-line bg-inset p-3 font-mono text-xs leading-5 text-text hover:border-line-strong"
      />
      <div role="status" className="flex items-start gap-2 text-xs">
        <Badge tone={!fresh ? 'plain' : good ? 'up' : 'warn'}>{!fresh ? t('checking') : good ? t('good') : t('bad')}</Badge>
        {fresh && !good && <p className="min-w-0 break-words text-muted">{verdict.data?.detail ?? verdict.error?.message}</p>}
      </div>
      {save.isError && <Failure error={save.error} className="!m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{common('cancel')}</Button>
        <Button type="submit" look="primary" disabled={save.isPending || (saved !== null && text === before)} whyNot={fresh && !good && t('bad')}>
          {saved ? t('save') : t('saveNew')}
        </Button>
      </div>
    </form>
  )
}
