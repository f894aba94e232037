/* What all screens look at: the underlying, which is in the address, so that a view can be shared. */
import { useParam, setParams } from '@/lib/router'

const LAST = 'ironfly.symbol'
const FALLBACK = 'SPX'

export function useSymbol(): [string, (symbol: string) => void] {
  const [inUrl] = useParam('symbol')
  const symbol = inUrl ?? localStorage.getItem(LAST) ?? FALLBACK
  return [symbol, showSymbol]
}

export function showSymbol(symbol: string): void {
  localStorage.setItem(LAST, symbol)
  // An expiry belongs to its underlying.
  setParams({ symbol, expiry: null })
}
