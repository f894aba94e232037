import { DockviewReact, type DockviewApi, type DockviewReadyEvent, type IDockviewHeaderActionsProps, type IDockviewPanelHeaderProps, type IDockviewPanelProps } from 'dockview-react'
import 'dockview-react/dist/styles/dockview.css'
import { Suspense, useCallback, useEffect, useRef, useState, type FunctionComponent } from 'react'
import { desk as t } from '@/i18n/en/desk'
import { Button, cx, Icon, Menu, Segmented, Skeleton, toast } from '@/components/ui'
import './dock.css'
import { setParams, useParam } from '@/lib/router'
import { saveFile } from '@/lib/files'
import { arrange, LAYOUT_VERSION, loadLayout, presetIds, readLayout, saveLayout, type Preset } from './layout'
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

  const file = useRef<HTMLInputElement>(null)
  /** Any file: a layout that is shown and kept, or a word that it is none. */
  const load = async (input: HTMLInputElement) => {
    const text = await input.files?.[0]?.text()
    input.value = ''
    if (text === undefined || !dock.current) return
    try {
      const kept = readLayout(JSON.parse(text))
      if (!kept) throw new Error('no layout')
      dock.current.fromJSON(kept.dock)
      setPreset(kept.preset)
      toast(t('layoutLoaded'), 'up')
    } catch {
      toast(t('layoutNoFile'), 'warn')
      if (dock.current.panels.length === 0) arrange(dock.current, preset, title)
    }
  }
  const choose = (next: Preset) => {
    setPreset(next)
    if (dock.current) arrange(dock.current, next, title)
  }
  const [kiosk] = useParam('kiosk')
  const take = (next: Preset) => {
    choose(next)
    if (next === 'wall') setParams({ kiosk: '1' })
  }
  return (
    <div className="flex h-full flex-col">
      {/* A wall is looked at, not arranged. */}
      <div className={cx('items-center gap-2 border-b border-line bg-panel px-3 py-1', kiosk === null ? 'flex' : 'hidden')}>
        <Segmented<Preset> label={t('preset')} value={preset} onChange={take} choices={presetIds.map((value) => ({ value, label: t(`preset_${value}`) }))} />
        <Button size="small" look="quiet" icon="refresh" onClick={() => choose(preset)}>
          {t('reset')}
        </Button>
        <Menu
          label={t('layout')}
          className="!text-xs"
          trigger={t('layout')}
          items={[
            { label: t('layoutSave'), icon: 'copy', onSelect: () => dock.current && saveFile('ironfly-layout.json', 'application/json', JSON.stringify({ version: LAYOUT_VERSION, preset, dock: dock.current.toJSON() }, null, 2)) },
            { label: t('layoutLoad'), icon: 'desk', onSelect: () => file.current?.click() },
            { label: t('kiosk'), icon: 'plot', onSelect: () => setParams({ kiosk: '1' }) },
          ]}
        />
        <input ref={file} type="file" accept="application/json,.json" aria-label={t('layoutLoad')} className="hidden" onChange={(event) => void load(event.target)} />
        <div className="flex-1" />
        <div role="group" aria-label={t('panels')} className="flex">
          {panelIds
            .filter((id) => !open.includes(id))
            .map((id) => (
              <Button key={id} size="small" look="quiet" icon="plus" onClick={() => dock.current?.addPanel({ id, component: id, title: title(id), position: { direction: 'right' }, initialWidth: 380 })}>
                {title(id)}
              </Button>
            ))}
        </div>
      </div>
      <DockviewReact className="desk-dock min-h-0 flex-1" components={components} defaultTabComponent={Tab} rightHeaderActionsComponent={Actions} onReady={onReady} disableFloatingGroups />
    </div>
  )
}
