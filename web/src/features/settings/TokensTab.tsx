import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Token } from '@/api/types.gen'
import { Badge, Button, Dialog, Empty, Failure, Field, Input, NumberInput, Panel, Skeleton, Table, toast, type Column } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { settings as t } from '@/i18n/en/settings'
import { moment } from '@/lib/format'
import { api } from '@/lib/http'
import { useSession } from '@/state/session'

const columns: Column<Token>[] = [
  { id: 'name', head: t('name'), cell: (row) => <span className="font-medium">{row.name}</span>, sort: (row) => row.name },
  {
    id: 'scopes',
    head: t('scopes'),
    className: '!whitespace-normal',
    cell: (row) => (
      <span className="flex flex-wrap gap-1 py-1">
        {row.scopes.split(' ').map((scope) => (
          <Badge key={scope}>{scope}</Badge>
        ))}
      </span>
    ),
  },
  { id: 'made', head: t('made'), cell: (row) => moment(row.created_ns).slice(0, 10), sort: (row) => row.created_ns },
  { id: 'used', head: t('used'), cell: (row) => (row.used_ns ? moment(row.used_ns).slice(0, 16) : t('never')), sort: (row) => row.used_ns },
  { id: 'expires', head: t('expires'), cell: (row) => (row.expires_ns ? moment(row.expires_ns).slice(0, 10) : t('never')), sort: (row) => row.expires_ns },
  { id: 'end', head: '', figures: true, help: null, cell: (row) => <End token={row} /> },
]

function End({ token }: { token: Token }) {
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: () => api('DELETE /api/v1/auth/tokens/{id}', { path: { id: token.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
    onError: (error) => toast(error.message, 'down'),
  })
  return (
    <Button size="small" look="danger" aria-label={t('endToken', { name: token.name })} disabled={end.isPending} onClick={() => end.mutate()}>
      {t('end')}
    </Button>
  )
}

export function TokensTab() {
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api('GET /api/v1/auth/tokens') })
  const [making, setMaking] = useState(false)
  return (
    <Panel
      title={t('tokens')}
      flush
      actions={
        <Button size="small" look="primary" icon="plus" onClick={() => setMaking(true)}>
          {t('newToken')}
        </Button>
      }
    >
      <p className="max-w-prose p-3 text-muted">{t('tokensText')}</p>
      {tokens.isPending && <Skeleton rows={4} />}
      {tokens.isError && <Failure error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data && <Table label={t('tokens')} rows={tokens.data.items} columns={columns} rowKey={(row) => row.id} empty={<Empty title={t('noTokens')} />} />}
      {making && <NewToken onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function NewToken({ onClose }: { onClose: () => void }) {
  const permissions = useSession((s) => s.me?.permissions) ?? []
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const [scopes, setScopes] = useState<string[]>(() => permissions.filter((p) => p.endsWith(':read') && p !== 'audit:read'))
  const client = useQueryClient()
  const make = useMutation({
    mutationFn: () => api('POST /api/v1/auth/tokens', { body: { name, scopes: scopes.join(' '), days } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
  const made = make.data?.token
  const turn = (scope: string) => setScopes((was) => (was.includes(scope) ? was.filter((s) => s !== scope) : [...was, scope]))
  return (
    <Dialog open onClose={onClose} title={t('newToken')} modalOnly={made !== undefined}>
      {made ? (
        <div className="grid gap-3 p-4">
          <p className="font-medium text-warn">{t('tokenOnce')}</p>
          <code className="rounded border border-line bg-inset p-2 break-all select-all">{made}</code>
          <div className="flex justify-end gap-2">
            <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(made).then(() => toast(common('copied')))}>
              {t('copyToken')}
            </Button>
            <Button look="primary" onClick={onClose}>
              {common('close')}
            </Button>
          </div>
        </div>
      ) : (
        <form
          className="grid gap-3 p-4"
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
        >
          <Field label={t('name')}>{(ids) => <Input {...ids} required maxLength={64} value={name} onChange={(e) => setName(e.target.value)} />}</Field>
          <Field label={t('days')}>{(ids) => <NumberInput {...ids} value={days} min={1} max={3650} onChange={setDays} />}</Field>
          <fieldset className="grid gap-1">
            <legend className="mb-1 text-xs text-muted">{t('scopes')}</legend>
            {permissions.map((scope) => (
              <label key={scope} className="flex min-h-6 items-center gap-2">
                <input type="checkbox" className="size-3.5 accent-[var(--accent-strong)]" checked={scopes.includes(scope)} onChange={() => turn(scope)} />
                <code>{scope}</code>
              </label>
            ))}
          </fieldset>
          {make.isError && <Failure error={make.error} className="!m-0" />}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" look="primary" disabled={make.isPending || scopes.length === 0}>
              {t('make')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
