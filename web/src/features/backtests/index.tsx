import { useParam, setParams } from '@/lib/router'
import { backtests as t } from '@/i18n/en/backtests'
import { Empty } from '@/components/ui'
import { Compare } from './Compare'
import { NewRun } from './NewRun'
import { idsOf } from './queries'
import { ReportPage } from './ReportPage'
import { RunList } from './RunList'

/** Runs on the left, what is chosen on the right; on a phone one after the other. */
export default function Backtests() {
  const [run] = useParam('run')
  const [compare] = useParam('compare')
  const [form] = useParam('new')
  const ids = idsOf(compare)
  const chosen = form !== null || run !== null || (compare !== null && ids.length > 1)
  return (
    <div className="flex h-full min-h-0">
      <aside className={`min-h-0 w-full shrink-0 border-line md:block md:w-80 md:border-r ${chosen ? 'hidden' : ''}`}>
        <RunList selected={run} />
      </aside>
      <div className={`min-h-0 min-w-0 flex-1 overflow-auto ${chosen ? '' : 'hidden md:block'}`}>
        {form !== null ? (
          <NewRun from={form} onStarted={() => setParams({ new: null }, { replace: true })} />
        ) : run !== null ? (
          <ReportPage key={run} id={run} />
        ) : ids.length > 1 ? (
          <Compare ids={ids} />
        ) : (
          <Empty icon="backtests" title={t('choose')}>
            {t('chooseText')}
          </Empty>
        )}
      </div>
    </div>
  )
}
