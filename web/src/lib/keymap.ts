/*
 * What can be done by a key, and by which: one table, read by the keys themselves, by the list of keys and by the editor
 * in the settings. A person's own keys are kept with the other preferences; the rest are the ones here.
 */
import type { ScreenId } from '@/i18n/en/shell'
import type { shell } from '@/i18n/en/shell'
import { usePrefs } from '@/state/prefs'

type Word = Parameters<typeof shell>[0]

interface Row {
  keys: string
  /** What it does, in words. */
  word: Word
  where: 'anywhere' | 'chain' | 'ticket'
}

const rows = {
  find: { keys: 'Mod+k', word: 'keyFind', where: 'anywhere' },
  help: { keys: '?', word: 'keyHelp', where: 'anywhere' },
  ticket: { keys: 't', word: 'keyTicket', where: 'anywhere' },
  theme: { keys: 'Alt+Shift+t', word: 'keyTheme', where: 'anywhere' },
  flatten: { keys: 'Alt+Shift+f', word: 'flatten', where: 'anywhere' },
  nextPanel: { keys: 'F6', word: 'keyNextPanel', where: 'anywhere' },
  previousPanel: { keys: 'Shift+F6', word: 'keyPreviousPanel', where: 'anywhere' },
  preview: { keys: 'Mod+Enter', word: 'keyPreview', where: 'ticket' },
  buy: { keys: 'b', word: 'keyBuy', where: 'chain' },
  sell: { keys: 's', word: 'keySell', where: 'chain' },
  earlier: { keys: '[', word: 'keyEarlier', where: 'chain' },
  later: { keys: ']', word: 'keyLater', where: 'chain' },
} as const satisfies Record<string, Row>

const screenKeys: Record<ScreenId, string> = {
  desk: 'g d',
  chain: 'g c',
  builder: 'g b',
  orders: 'g o',
  positions: 'g r',
  charts: 'g h',
  volatility: 'g v',
  backtests: 'g t',
  strategies: 'g a',
  settings: 'g s',
  system: 'g y',
  audit: 'g u',
}

export type ActionId = keyof typeof rows | `go.${ScreenId}`

export interface Action {
  id: ActionId
  keys: string
  word: Word | null
  /** Of those that lead to a screen. */
  screen: ScreenId | null
  where: Row['where'] | 'screens'
}

export const actions: readonly Action[] = [
  ...Object.entries(rows).map(([id, row]): Action => ({ id: id as ActionId, ...row, screen: null })),
  ...(Object.keys(screenKeys) as ScreenId[]).map((screen): Action => ({ id: `go.${screen}`, keys: screenKeys[screen], word: null, screen, where: 'screens' })),
]

/** The keys of each action, a person's own before the table's. */
export function keysWith(own: Readonly<Record<string, string>>): Record<ActionId, string> {
  return Object.fromEntries(actions.map((action) => [action.id, own[action.id] ?? action.keys])) as Record<ActionId, string>
}

export function useKeys(): Record<ActionId, string> {
  return keysWith(usePrefs((s) => s.keys))
}

/** Those now, outside React. */
export function keysNow(): Record<ActionId, string> {
  return keysWith(usePrefs.getState().keys)
}

export type Refusal = { why: 'browser' } | { why: 'fixed' } | { why: 'taken'; by: ActionId }

const FIXED = /^(Alt\+[1-9]|Escape|Enter| |Tab|Shift\+Tab|(Shift\+|Mod\+)?(Arrow\w+|Home|End|PageUp|PageDown|Delete|Backspace))$/

/** Why keys cannot be given to an action; null where they can. */
export function refusal(id: ActionId, keys: string, own: Readonly<Record<string, string>>): Refusal | null {
  if (/^Mod\+(Alt\+)?Shift\+[a-z]$/.test(keys) || /^Mod\+[ntw]$/.test(keys)) return { why: 'browser' }
  if (FIXED.test(keys)) return { why: 'fixed' }
  // A first letter that is an action by itself would never wait for the second one.
  const clash = Object.entries(keysWith(own)).find(([other, taken]) => other !== id && (taken === keys || taken.startsWith(`${keys} `) || keys.startsWith(`${taken} `)))
  return clash ? { why: 'taken', by: clash[0] as ActionId } : null
}
