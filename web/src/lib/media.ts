import { useSyncExternalStore } from 'react'

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => window.matchMedia(query).matches,
  )
}

/** A phone: one column, no docking. */
export function useNarrow(): boolean {
  return useMedia('(max-width: 767.9px)')
}

/** Between: two columns with tabs. */
export function useMiddle(): boolean {
  return useMedia('(min-width: 768px) and (max-width: 1279.9px)')
}

let printing = false

/** While the page is printed: paper does not scroll, so what is shown in parts is shown whole. */
export function usePrinting(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const take = (event: Event) => {
        printing = event.type === 'beforeprint'
        listener()
      }
      window.addEventListener('beforeprint', take)
      window.addEventListener('afterprint', take)
      return () => {
        window.removeEventListener('beforeprint', take)
        window.removeEventListener('afterprint', take)
      }
    },
    () => printing,
  )
}
