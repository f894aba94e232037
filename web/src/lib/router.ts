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

/** One search parameter; setting it to null takes it away. */
export function useParam(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(listen, () => new URLSearchParams(window.location.search).get(name))
  const set = useCallback((next: string | null) => setParams({ [name]: next }), [name])
  return [value, set]
}

type Changes = Readonly<Record<string, string | null>>

/** What moves letter by letter, by a slider or by itself: where it stands is in the address, and is no step back. */
const MOVING: ReadonlySet<string> = new Set(['replay', 'filter', 'find', 'from', 'to', 'beyond'])

export function withParams(href: string, changes: Changes): { href: string; isStep: boolean } {
  const url = new URL(href)
  let isStep = false
  for (const [name, value] of Object.entries(changes)) {
    const next = value === '' ? null : value
    if (url.searchParams.get(name) === next) continue
    if (next === null) url.searchParams.delete(name)
    else url.searchParams.set(name, next)
    isStep ||= !MOVING.has(name)
  }
  return { href: url.href, isStep }
}

let justStepped = false

/** What a person chooses is a step back; `replace` is for what follows from it by itself. What one press changes is one step. */
export function setParams(changes: Changes, options: { replace?: boolean } = {}): void {
  const { href, isStep } = withParams(window.location.href, changes)
  const push = isStep && !options.replace && !justStepped
  navigate(href, { replace: !push })
  if (!push) return
  justStepped = true
  queueMicrotask(() => (justStepped = false))
}

/** A link to a screen that keeps what screens share (the symbol). */
export function hrefTo(path: string): string {
  if (typeof window === 'undefined') return path
  const symbol = new URLSearchParams(window.location.search).get('symbol')
  return symbol ? `${path}?symbol=${encodeURIComponent(symbol)}` : path
}
