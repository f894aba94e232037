/** How well letters, in their order, fit a name: at its start best, then at words, then anywhere; -1 not at all. */
export function score(name: string, wanted: string): number {
  const text = name.toLowerCase()
  const letters = wanted.toLowerCase().replaceAll(' ', '')
  if (letters === '') return 0
  if (text === letters) return 100
  let sum = text.startsWith(letters) ? 50 : 0
  let at = -1
  for (const letter of letters) {
    const next = text.indexOf(letter, at + 1)
    if (next < 0) return -1
    const wordStart = next === 0 || text[next - 1] === ' '
    sum += next === at + 1 ? 3 : wordStart ? 2 : 0
    at = next
  }
  return sum + 10 / text.length
}

export function rank<T>(all: readonly T[], wanted: string, name: (item: T) => string): T[] {
  return all
    .map((item, i) => ({ item, i, score: score(name(item), wanted) }))
    .filter((found) => found.score >= 0)
    .toSorted((a, b) => b.score - a.score || a.i - b.i)
    .map((found) => found.item)
}
