const FIRST = ['SPX', 'SPY', 'QQQ', 'IWM', 'VIX']

/** Indices in the order that everybody knows, the rest by name: a strip that stays as it is. */
export function marketOrder(a: { symbol: string }, b: { symbol: string }): number {
  const rank = (symbol: string) => (FIRST.includes(symbol) ? FIRST.indexOf(symbol) : FIRST.length)
  return rank(a.symbol) - rank(b.symbol) || a.symbol.localeCompare(b.symbol)
}

/** Of the strip at the top, which may have no room for all: the market's fear first, then as the desk names them. */
export function stripOrder<T extends { symbol: string }>(all: readonly T[], desk: readonly string[]): T[] {
  const rank = ({ symbol }: T) => (symbol === 'VIX' ? -1 : desk.includes(symbol) ? desk.indexOf(symbol) : desk.length)
  return all.toSorted((a, b) => rank(a) - rank(b) || marketOrder(a, b))
}
