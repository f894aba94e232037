import { useEffect, useState } from 'react'

/** A value that stands still while the market moves: taken anew when the key changes, and every so often. */
export function useSteady<T>(value: T, key: string, everyMs = 5000): T {
  const [held, setHeld] = useState({ value, key, at: 0 })
  const old = held.key !== key || held.value === null || Date.now() - held.at > everyMs
  useEffect(() => {
    if (old && held.value !== value) setHeld({ value, key, at: Date.now() })
    else if (held.key !== key) setHeld({ value, key, at: Date.now() })
  }, [old, value, key, held])
  return held.key === key && held.value !== null ? held.value : value
}
