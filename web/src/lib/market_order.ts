const FIRST = ['SPX', 'SPY', 'QQQ', 'IWM', 'VIX']

/** Indices in the order that everybody knows, the rest by name: a strip that stays as it is. */
export function marketOrder(a: { symbol: string }, b: { symbol: string }): number {
  const rank = (symbol: string) => (FIRST.includes(symbol) ? FIRST.indexOf(symbol) : FIRST.length)
  return rank(a.symbol) - rank(b.symbol) || a.symbol.localeCompare(b.symbol)
}
