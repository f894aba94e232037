/* The kinds of panels: one table for the dock, for narrower windows and for the menu that adds them. */
import { lazy, type ComponentType } from 'react'
import { AlertsList, DraftPayoff, Signals, WorkingOrders } from '@/panels/SmallPanels'
import { MarketTable } from '@/panels/MarketTable'
import { TermPanel } from '@/panels/TermPanel'
import { PositionsTable } from '@/panels/PositionsTable'

export type PanelId = 'market' | 'chart' | 'positions' | 'orders' | 'alerts' | 'signals' | 'payoff' | 'term'

const ChartPanel = lazy(() => import('./ChartPanel'))

export const panels: Record<PanelId, { Panel: ComponentType; phoneHeight: string }> = {
  market: { Panel: MarketTable, phoneHeight: 'h-64' },
  positions: { Panel: PositionsTable, phoneHeight: 'h-64' },
  orders: { Panel: WorkingOrders, phoneHeight: 'h-56' },
  chart: { Panel: ChartPanel, phoneHeight: 'h-72' },
  signals: { Panel: Signals, phoneHeight: 'h-48' },
  alerts: { Panel: AlertsList, phoneHeight: 'h-48' },
  payoff: { Panel: DraftPayoff, phoneHeight: 'h-64' },
  term: { Panel: TermPanel, phoneHeight: 'h-64' },
}

export const panelIds = Object.keys(panels) as PanelId[]
