/*
 * The address bar as state: path and search parameters, no more. A view is its URL, so that it can be
 * shared and the back button works.
 */
import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

function notify(): void {
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', notify)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('popstate', notify)
  }
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const url = new URL(to, window.location.href)
  if (url.href === window.location.href) return
  window.history[options.replace ? 'replaceState' : 'pushState'](null, '', url)
  notify()
}

export function usePath(): string {
  return useSyncExternalStore(listen, () => window.location.pathname)
}

/** One search parameter; setting it to null takes it away. Changes of the view replace, they add no step back. */
export function useParam(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(listen, () => new URLSearchParams(window.location.search).get(name))
  const set = useCallback((next: string | null) => setParams({ [name]: next }), [name])
  return [value, set]
}

export function setParams(changes: Record<string, string | null>): void {
  const url = new URL(window.location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  navigate(url.href, { replace: true })
}

/** A link to a screen that keeps what screens share (the symbol). */
export function hrefTo(path: string): string {
  if (typeof window === 'undefined') return path
  const symbol = new URLSearchParams(window.location.search).get('symbol')
  return symbol ? `${path}?symbol=${encodeURIComponent(symbol)}` : path
}
