import { DockviewReact, type DockviewApi, type DockviewReadyEvent, type IDockviewHeaderActionsProps, type IDockviewPanelHeaderProps, type IDockviewPanelProps } from 'dockview-react'
import 'dockview-react/dist/styles/dockview.css'
import { Suspense, useCallback, useEffect, useRef, useState, type FunctionComponent } from 'react'
import { desk as t } from '@/i18n/en/desk'
import { Button, Icon, Menu, Segmented, Skeleton, toast } from '@/components/ui'
import './dock.css'
import { arrange, loadLayout, saveLayout, type Preset } from './layout'
import { panelIds, panels, type PanelId } from './panels'

const title = (id: PanelId) => t(id)

const components = Object.fromEntries(
  panelIds.map((id) => {
    const { Panel } = panels[id]
    const Docked: FunctionComponent<IDockviewPanelProps> = () => (
      <Suspense fallback={<Skeleton rows={6} />}>
        <Panel />
      </Suspense>
    )
    return [id, Docked]
  }),
)

/** A tab of words alone: its close button stands beside the tabs, as a button within a tab cannot be reached. */
function Tab({ api }: IDockviewPanelHeaderProps) {
  return <span className="flex h-full items-center px-3">{api.title}</span>
}

function Actions({ activePanel, containerApi }: IDockviewHeaderActionsProps) {
  if (!activePanel) return null
  const name = activePanel.title ?? ''
  const index = containerApi.groups.findIndex((g) => g.panels.includes(activePanel))
  const moveTo = (step: number) => {
    const group = containerApi.groups[(index + step + containerApi.groups.length) % containerApi.groups.length]
    if (group && group !== activePanel.group) activePanel.api.moveTo({ group })
  }
  return (
    <span className="flex h-full items-center pr-1">
      <Menu
        label={`${name} ⋮`}
        trigger={<Icon name="more" size={14} />}
        items={[
          { label: `${name} →`, icon: 'right', onSelect: () => moveTo(1) },
          { label: `${name} ←`, icon: 'left', onSelect: () => moveTo(-1) },
          { label: t('closePanel', { name }), icon: 'close', onSelect: () => activePanel.api.close() },
        ]}
      />
    </span>
  )
}

export default function Dock() {
  const [preset, setPreset] = useState<Preset>('hobby')
  const [open, setOpen] = useState<readonly string[]>([])
  const dock = useRef<DockviewApi>(null)
  const shown = useRef(preset)
  useEffect(() => {
    shown.current = preset
  }, [preset])

  const onReady = useCallback(({ api }: DockviewReadyEvent) => {
    dock.current = api
    arrange(api, 'hobby', title)
    let timer: ReturnType<typeof setTimeout> | undefined
    api.onDidLayoutChange(() => {
      setOpen(api.panels.map((p) => p.id))
      clearTimeout(timer)
      timer = setTimeout(() => saveLayout(shown.current, api.toJSON()), 1500)
    })
    setOpen(api.panels.map((p) => p.id))
    void loadLayout()
      .then((kept) => {
        if (kept === 'wrong') toast(t('layoutWrong'), 'warn')
        if (kept === null || kept === 'wrong' || dock.current !== api) return
        api.fromJSON(kept.dock)
        setPreset(kept.preset)
      })
      .catch(() => {
        if (dock.current !== api) return
        toast(t('layoutWrong'), 'warn')
        arrange(api, 'hobby', title)
      })
  }, [])
  useEffect(() => () => void (dock.current = null), [])

  const choose = (next: Preset) => {
    setPreset(next)
    if (dock.current) arrange(dock.current, next, title)
  }
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-2 border-b border-line bg-panel px-3 py-1">
        <Segmented<Preset> label={t('preset')} value={preset} onChange={choose} choices={(['hobby', 'zero', 'risk'] as const).map((value) => ({ value, label: t(`preset_${value}`) }))} />
        <Button size="small" look="quiet" icon="refresh" onClick={() => choose(preset)}>
          {t('reset')}
        </Button>
        <div className="flex-1" />
        {panelIds
          .filter((id) => !open.includes(id))
          .map((id) => (
            <Button key={id} size="small" look="quiet" icon="plus" onClick={() => dock.current?.addPanel({ id, component: id, title: title(id), position: { direction: 'right' }, initialWidth: 380 })}>
              {title(id)}
            </Button>
          ))}
      </div>
      <DockviewReact className="desk-dock min-h-0 flex-1" components={components} defaultTabComponent={Tab} rightHeaderActionsComponent={Actions} onReady={onReady} disableFloatingGroups />
    </div>
  )
}
