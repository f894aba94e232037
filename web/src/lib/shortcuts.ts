/*
 * Keys. Bindings are written "Mod+k", "?", "g c" (one after the other), "Alt+Shift+f"; they sleep while one
 * types, except those with Mod and F1 to F12. Ctrl+Shift+letter is left to browsers.
 */
import { useEffect, useRef } from 'react'

export type Bindings = Record<string, (event: KeyboardEvent) => void>

const FOLLOW_MS = 1200

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type))
}

export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'code'>): string {
  const letter = /^Key[A-Z]$/.test(event.code)
  // With Alt a letter's or digit's key may be another sign; its place on the keyboard says which it is.
  const placed = letter || /^Digit\d$/.test(event.code)
  const key = event.altKey && placed ? event.code.slice(-1).toLowerCase() : event.key.length === 1 ? event.key.toLowerCase() : event.key
  const shift = event.shiftKey && (letter || event.key.length > 1)
  return `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`
}

export function useShortcuts(bindings: Bindings): void {
  const latest = useRef(bindings)
  useEffect(() => {
    latest.current = bindings
  })
  useEffect(() => {
    let first = ''
    let at = 0
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const name = nameOf(event)
      if (isTyping(event.target) && !/^(Mod\+|(Shift\+)?F\d)/.test(name)) return
      if (document.querySelector('dialog[open]') && name !== 'Mod+k') return
      const pair = first && event.timeStamp - at < FOLLOW_MS ? `${first} ${name}` : ''
      const action = latest.current[pair] ?? latest.current[name]
      first = ''
      if (action) {
        event.preventDefault()
        action(event)
      } else if (name.length === 1) {
        first = name
        at = event.timeStamp
      }
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
}
