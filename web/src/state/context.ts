/* What all screens look at: the underlying, which is in the address, so that a view can be shared. */
import { useParam, setParams } from '@/lib/router'

const LAST = 'ironfly.symbol'
const FALLBACK = 'SPX'

const symbolOf = (inUrl: string | null) => inUrl ?? localStorage.getItem(LAST) ?? FALLBACK

export function useSymbol(): [string, (symbol: string) => void] {
  const [inUrl] = useParam('symbol')
  const symbol = symbolOf(inUrl)
  return [symbol, showSymbol]
}

export function showSymbol(symbol: string): void {
  // A step back leads to the symbol of before, so the address that is left must name it.
  setParams({ symbol: symbolOf(new URLSearchParams(window.location.search).get('symbol')) }, { replace: true })
  localStorage.setItem(LAST, symbol)
  // An expiry belongs to its underlying.
  setParams({ symbol, expiry: null })
}
