import { lazy, Suspense, useState } from 'react'
import { desk as t } from '@/i18n/en/desk'
import { Panel, Skeleton, Tabs } from '@/components/ui'
import { useMiddle, useNarrow } from '@/lib/media'
import { panelIds, panels, type PanelId } from './panels'

const Dock = lazy(() => import('./Dock'))

/** Panels that dock where there is room, two columns with tabs between, one column on a phone. */
export default function DeskScreen() {
  const narrow = useNarrow()
  const middle = useMiddle()
  return (
    <>
      <h1 className="quiet">{t('title')}</h1>
      {narrow ? <Column /> : middle ? <TwoColumns /> : (
        <Suspense fallback={<Skeleton rows={16} />}>
          <Dock />
        </Suspense>
      )}
    </>
  )
}

function Body({ id }: { id: PanelId }) {
  const { Panel: Content } = panels[id]
  return (
    <Suspense fallback={<Skeleton rows={5} />}>
      <Content />
    </Suspense>
  )
}

function Column() {
  return (
    <div className="grid gap-2 p-2">
      {(['positions', 'market', 'chart', 'term', 'orders', 'signals', 'alerts'] as const).map((id) => (
        <Panel key={id} title={t(id)} flush className={panels[id].phoneHeight}>
          <Body id={id} />
        </Panel>
      ))}
    </div>
  )
}

function TwoColumns() {
  const [left, setLeft] = useState<PanelId>('chart')
  const [right, setRight] = useState<PanelId>('market')
  const tabs = panelIds.map((id) => ({ id, label: t(id) }))
  return (
    <div className="grid h-full grid-rows-[1fr_auto] gap-px bg-line">
      <div className="grid min-h-0 grid-cols-2 gap-px">
        <Tabs<PanelId> label={t('title')} tabs={tabs} value={left} onChange={setLeft} className="bg-panel">
          <Body id={left} />
        </Tabs>
        <Tabs<PanelId> label={t('preset')} tabs={tabs} value={right} onChange={setRight} className="bg-panel">
          <Body id={right} />
        </Tabs>
      </div>
      <Panel title={t('positions')} flush className="h-64 rounded-none border-0">
        <Body id="positions" />
      </Panel>
    </div>
  )
}
