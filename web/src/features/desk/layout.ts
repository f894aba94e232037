/*
 * Layouts of the dock: presets, and the one that a person made, kept by the server for this person. What is kept has a
 * version; what cannot be read is told and the preset takes its place.
 */
import type { DockviewApi, SerializedDockview } from 'dockview-react'
import { api } from '@/lib/http'
import { panelIds, type PanelId } from './panels'

export const LAYOUT_VERSION = 1
const KEY = 'desk.layout'

export const presetIds = ['hobby', 'zero', 'risk', 'research', 'wall'] as const
export type Preset = (typeof presetIds)[number]

export interface Kept {
  version: number
  preset: Preset
  dock: SerializedDockview
}

interface Place {
  id: PanelId
  beside?: PanelId
  direction?: 'right' | 'below' | 'within'
  size?: number
}

const presets: Record<Preset, readonly Place[]> = {
  hobby: [
    { id: 'chart' },
    { id: 'market', beside: 'chart', direction: 'right', size: 430 },
    { id: 'signals', beside: 'market', direction: 'below' },
    { id: 'alerts', beside: 'signals', direction: 'within' },
    { id: 'positions', beside: 'chart', direction: 'below', size: 330 },
    { id: 'orders', beside: 'positions', direction: 'within' },
  ],
  zero: [
    { id: 'chart' },
    { id: 'payoff', beside: 'chart', direction: 'right', size: 520 },
    { id: 'positions', beside: 'chart', direction: 'below', size: 320 },
    { id: 'orders', beside: 'payoff', direction: 'below' },
    { id: 'market', beside: 'orders', direction: 'within' },
  ],
  risk: [
    { id: 'positions' },
    { id: 'orders', beside: 'positions', direction: 'below', size: 260 },
    { id: 'signals', beside: 'positions', direction: 'right', size: 400 },
    { id: 'alerts', beside: 'signals', direction: 'below' },
    { id: 'payoff', beside: 'orders', direction: 'right', size: 520 },
  ],
  research: [
    { id: 'chart' },
    { id: 'term', beside: 'chart', direction: 'right', size: 460 },
    { id: 'market', beside: 'term', direction: 'below' },
    { id: 'payoff', beside: 'chart', direction: 'below', size: 320 },
    { id: 'signals', beside: 'payoff', direction: 'within' },
  ],
  wall: [
    { id: 'chart' },
    { id: 'market', beside: 'chart', direction: 'right', size: 460 },
    { id: 'term', beside: 'market', direction: 'below' },
    { id: 'positions', beside: 'chart', direction: 'below', size: 320 },
    { id: 'alerts', beside: 'term', direction: 'below' },
  ],
}

export function arrange(dock: DockviewApi, preset: Preset, title: (id: PanelId) => string): void {
  dock.clear()
  for (const place of presets[preset]) {
    const below = place.direction === 'below'
    dock.addPanel({
      id: place.id,
      component: place.id,
      title: title(place.id),
      ...(place.beside ? { position: { referencePanel: place.beside, direction: place.direction ?? 'right' } } : {}),
      ...(place.size && below ? { initialHeight: place.size } : {}),
      ...(place.size && place.direction === 'right' ? { initialWidth: place.size } : {}),
      inactive: place.direction === 'within',
    })
  }
}

/** Any JSON in; a layout that can be shown, or null. */
export function readLayout(value: unknown): Kept | null {
  if (typeof value !== 'object' || value === null) return null
  const kept = value as Partial<Kept>
  if (kept.version !== LAYOUT_VERSION || !presetIds.includes(kept.preset as Preset)) return null
  const dock = kept.dock
  if (typeof dock !== 'object' || dock === null || typeof dock.panels !== 'object' || dock.panels === null || typeof dock.grid !== 'object' || dock.grid === null) return null
  const named = Object.values(dock.panels) as { contentComponent?: unknown }[]
  return named.length > 0 && named.every((p) => panelIds.includes(p?.contentComponent as PanelId)) ? (kept as Kept) : null
}

/** What is kept: a layout, nothing yet, or something that is no layout. */
export async function loadLayout(): Promise<Kept | null | 'wrong'> {
  const { value } = await api('GET /api/v1/settings/{key}', { path: { key: KEY } })
  return readLayout(value) ?? (value === null ? null : 'wrong')
}

export function saveLayout(preset: Preset, dock: SerializedDockview): void {
  void api('PUT /api/v1/settings/{key}', { path: { key: KEY }, body: { value: { version: LAYOUT_VERSION, preset, dock } } }).catch(() => undefined)
}
