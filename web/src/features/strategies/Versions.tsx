import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Button, cx, Dialog, Failure, Panel, Select, Skeleton } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { strategies as t } from '@/i18n/en/strategies'
import { diff, hunks } from '@/lib/diff'
import { moment } from '@/lib/format'
import { api } from '@/lib/http'
import { setParams } from '@/lib/router'

/** The versions of a saved strategy, and what changed from one to another. */
export function Versions({ id, newest }: { id: string; newest: number }) {
  const versions = useQuery({ queryKey: ['strategy', id, 'versions', newest], queryFn: () => api('GET /api/v1/strategies/{id}/versions', { path: { id } }) })
  const [chosen, setChosen] = useState<{ old: number; new: number } | null>(null)
  if (versions.isPending) return <Skeleton rows={4} />
  if (versions.isError) return <Failure error={versions.error} retry={() => void versions.refetch()} />
  const items = versions.data.items
  const pair = chosen ?? { old: Math.max(1, newest - 1), new: newest }
  const choices = items.map((v) => ({ value: String(v.version), label: t('version', { n: v.version }) }))
  const text = (version: number) => items.find((v) => v.version === version)?.text
  return (
    <Panel title={t('versions')} actions={<Archive id={id} />}>
      <ul className="grid gap-1 text-xs">
        {items.map((v) => (
          <li key={v.version} className="flex flex-wrap items-baseline gap-x-3">
            <strong>{t('version', { n: v.version })}</strong>
            <span className="text-faint">{moment(v.version_ns)}</span>
            <code className="text-2xs text-faint">{v.hash}</code>
            <span className="text-muted">{v.note}</span>
          </li>
        ))}
      </ul>
      {items.length > 1 && (
        <>
          <div className="mt-4 mb-2 flex items-center gap-2">
            <Select aria-label={t('compareWith')} className="!w-20" value={String(pair.old)} choices={choices} onChange={(old) => setChosen({ ...pair, old: Number(old) })} />
            <span aria-hidden="true">→</span>
            <Select aria-label={t('version', { n: '' })} className="!w-20" value={String(pair.new)} choices={choices} onChange={(next) => setChosen({ ...pair, new: Number(next) })} />
          </div>
          <Difference id={id} pair={pair} before={text(pair.old)} after={text(pair.new)} />
        </>
      )}
    </Panel>
  )
}

const looks = { same: 'text-muted', added: 'bg-up-soft text-up', removed: 'bg-down-soft text-down' }
const signs = { same: ' ', added: '+', removed: '\u2212' }

function Difference({ pair, before, after }: { id: string; pair: { old: number; new: number }; before: string | undefined; after: string | undefined }) {
  const shown = useMemo(() => hunks(diff(before ?? '', after ?? '')), [before, after])
  const label = t('diffOf', pair)
  if (shown.length === 0) return <p className="text-xs text-muted">{t('sameText')}</p>
  return (
    <div className="overflow-auto rounded border border-line" role="region" tabIndex={0} aria-label={label}>
      <table className="w-full font-mono text-xs leading-5">
        <caption className="quiet">{label}</caption>
        <tbody>
          {shown.map((line, i) =>
            line === null ? (
              <tr key={i}>
                <td colSpan={3} className="bg-raised px-2 text-faint">
                  …
                </td>
              </tr>
            ) : (
              <tr key={i} className={looks[line.kind]}>
                <td className="w-10 px-2 text-right text-faint select-none">{line.new ?? line.old}</td>
                <td className="w-4 select-none">{signs[line.kind]}</td>
                <td className="pr-3 whitespace-pre">{line.text}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  )
}

function Archive({ id }: { id: string }) {
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  const archive = useMutation({
    mutationFn: () => api('DELETE /api/v1/strategies/{id}', { path: { id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['strategies'] })
      setParams({ strategy: null }, { replace: true })
    },
  })
  return (
    <>
      <Button size="small" look="quiet" icon="trash" onClick={() => setAsking(true)}>
        {t('archive')}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t('archive')}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{common('cancel')}</Button>
            <Button look="danger" disabled={archive.isPending} onClick={() => archive.mutate()}>
              {t('archive')}
            </Button>
          </>
        }
      >
        <p className={cx('p-4')}>{t('archiveText')}</p>
        {archive.isError && <Failure error={archive.error} />}
      </Dialog>
    </>
  )
}
