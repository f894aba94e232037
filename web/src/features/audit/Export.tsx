import { useMutation } from '@tanstack/react-query'
import type { AuditEntry } from '@/api/types.gen'
import { Button, toast } from '@/components/ui'
import { audit as t } from '@/i18n/en/audit'
import { number } from '@/lib/format'
import { saveFile } from '@/lib/files'
import { api } from '@/lib/http'
import { csv } from '@/lib/report/csv'
import { queryOf, type Filter } from './filter'

const EXPORT_MAX = 50_000

async function readAll(filter: Filter): Promise<{ entries: AuditEntry[]; isCut: boolean }> {
  const entries: AuditEntry[] = []
  for (let after: string | undefined; ; ) {
    const page = await api('GET /api/v1/audit', { query: { ...queryOf(filter), limit: 500, after } })
    entries.push(...page.items)
    if (!page.next) return { entries, isCut: false }
    if (entries.length >= EXPORT_MAX) return { entries, isCut: true }
    after = page.next
  }
}

const time = (entry: AuditEntry) => new Date(entry.ts_ns / 1e6).toISOString()

/** Of all entries that the filter lets through, not only of those on screen. */
export function Export({ filter, nameOf, whyNot }: { filter: Filter; nameOf: (id: string) => string; whyNot: string | false }) {
  const make = useMutation({
    mutationFn: async (kind: 'csv' | 'json') => {
      const { entries, isCut } = await readAll(filter)
      if (kind === 'json') {
        const text = JSON.stringify({ exported: new Date().toISOString(), filter: queryOf(filter), entries: entries.map((e) => ({ ...e, time: time(e), who: nameOf(e.user_id) })) }, null, 1)
        saveFile('ironfly-audit.json', 'application/json', text)
      } else {
        const rows = entries.map((e) => [e.seq, time(e), nameOf(e.user_id), e.event, e.object, e.peer, e.request_id, JSON.stringify(e.data), e.hash])
        saveFile('ironfly-audit.csv', 'text/csv', csv(['seq', 'time', 'who', 'event', 'object', 'peer', 'request', 'data', 'hash'], rows))
      }
      if (isCut) toast(t('exportCut', { n: number(entries.length) }), 'warn')
    },
    onError: (error) => toast(error.message, 'down'),
  })
  return (
    <div className="flex gap-2">
      <Button icon="table" whyNot={whyNot} disabled={make.isPending} onClick={() => make.mutate('csv')}>
        {make.isPending ? t('exporting') : t('exportCsv')}
      </Button>
      <Button whyNot={whyNot} disabled={make.isPending} onClick={() => make.mutate('json')}>
        {t('exportJson')}
      </Button>
    </div>
  )
}
