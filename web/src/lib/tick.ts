interface Quote {
  bid: number | null
  ask: number | null
}

/** The step of a package's price: nickels where all its quotes are, else cents. The desk has the last word. */
export function tickOf(quotes: readonly (Quote | null)[]): number {
  const inNickels = (price: number | null) => price === null || Math.abs(price * 20 - Math.round(price * 20)) < 1e-6
  return quotes.every((q) => q === null || (inNickels(q.bid) && inNickels(q.ask))) ? 0.05 : 0.01
}
