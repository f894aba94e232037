/*
 * The screens: one row feeds the routes, the bars, the command palette and the keys. A new screen is a
 * folder in features/ with a default export, a row here, and its title in i18n/en/shell.ts.
 */
import type { ComponentType } from 'react'
import type { IconName } from '@/components/ui'
import type { ScreenId } from '@/i18n/en/shell'

export interface Screen {
  id: ScreenId
  path: string
  icon: IconName
  /** In the bar at the top; else only in the menu and the palette. */
  main: boolean
  /** In that bar only where there is room; else in the menu, as those that are not main. */
  wide?: boolean
  /** In the bar of a phone. */
  phone?: boolean
  /** What one must be allowed, to see it. */
  permission?: string
  load: () => Promise<{ default: ComponentType }>
}

export const screens: readonly Screen[] = [
  { id: 'desk', path: '/desk', icon: 'desk', main: true, phone: true, load: () => import('@/features/desk') },
  { id: 'chain', path: '/chain', icon: 'chain', main: true, phone: true, load: () => import('@/features/chain') },
  { id: 'builder', path: '/builder', icon: 'builder', main: true, phone: true, load: () => import('@/features/builder') },
  { id: 'orders', path: '/orders', icon: 'orders', main: true, phone: true, load: () => import('@/features/orders') },
  { id: 'positions', path: '/positions', icon: 'positions', main: true, permission: 'desk:read', load: () => import('@/features/positions') },
  { id: 'charts', path: '/charts', icon: 'charts', main: true, load: () => import('@/features/charts') },
  { id: 'volatility', path: '/volatility', wide: true, icon: 'volatility', main: true, permission: 'market:read', load: () => import('@/features/volatility') },
  { id: 'backtests', path: '/backtests', wide: true, icon: 'backtests', main: true, permission: 'research:run', load: () => import('@/features/backtests') },
  { id: 'strategies', path: '/strategies', wide: true, icon: 'strategies', main: true, permission: 'research:run', load: () => import('@/features/strategies') },
  { id: 'settings', path: '/settings', icon: 'settings', main: false, load: () => import('@/features/settings') },
  { id: 'system', path: '/system', icon: 'system', main: false, permission: 'system:read', load: () => import('@/features/system') },
  { id: 'audit', path: '/audit', icon: 'audit', main: false, permission: 'audit:read', load: () => import('@/features/audit') },
]
