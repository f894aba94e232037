/* How the page looks for this person, kept in this browser; with a version, so that it can be migrated. */
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { useLanguage, type Locale } from '@/i18n/words'
import { showZone } from '@/lib/format'

export type Theme = 'dark' | 'light' | 'system'
export type Density = 'compact' | 'cozy' | 'comfortable'
export type Colours = 'green-red' | 'blue-orange'
export type Zone = 'exchange' | 'local'

export interface Prefs {
  theme: Theme
  density: Density
  colours: Colours
  locale: Locale
  /** Whose clock times are shown by. */
  zone: Zone
  /** Keys of one's own, by action; the rest are those of lib/keymap.ts. */
  keys: Readonly<Record<string, string>>
  /** Columns of one's own in the chain. */
  chainColumns: readonly string[]
  /** Fills and alerts are told by the browser while the page is out of sight. */
  notices: boolean
  set: (change: Partial<Omit<Prefs, 'set'>>) => void
}

export const usePrefs = create<Prefs>()(
  persist(
    (set) => ({
      theme: 'dark',
      density: 'compact',
      colours: 'green-red',
      locale: 'en',
      zone: 'exchange',
      keys: {},
      chainColumns: ['oi', 'spread', 'itm', 'delta', 'iv', 'mid'],
      notices: false,
      set: (change) => set(change),
    }),
    { name: 'ironfly.prefs', version: 1 },
  ),
)

export function shownTheme(theme: Theme): 'dark' | 'light' {
  if (theme !== 'system') return theme
  return window.matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
}

/** Paper is white. */
let printing = false

function apply({ theme, density, colours, locale, zone }: Prefs): void {
  showZone(zone)
  const root = document.documentElement
  root.dataset.theme = printing ? 'light' : shownTheme(theme)
  root.dataset.density = density
  root.dataset.colours = colours
  root.lang = locale === 'pseudo' ? 'en' : locale
  if (useLanguage.getState().locale !== locale) useLanguage.setState({ locale })
  window.dispatchEvent(new Event('ironfly:theme'))
}

/** Keep the document as chosen; returns what undoes it. */
export function followPrefs(): () => void {
  apply(usePrefs.getState())
  const media = window.matchMedia('(prefers-color-scheme: light)')
  const again = () => apply(usePrefs.getState())
  media.addEventListener('change', again)
  const stop = usePrefs.subscribe(apply)
  const print = (event: Event) => {
    printing = event.type === 'beforeprint'
    again()
  }
  window.addEventListener('beforeprint', print)
  window.addEventListener('afterprint', print)
  return () => {
    stop()
    window.removeEventListener('beforeprint', print)
    window.removeEventListener('afterprint', print)
    media.removeEventListener('change', again)
  }
}

/** A token's colour as canvas libraries take it, as it is now. */
export function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim()
}

/** Called now and whenever theme or colours change. */
export function onTheme(paint: () => void): () => void {
  window.addEventListener('ironfly:theme', paint)
  return () => window.removeEventListener('ironfly:theme', paint)
}
