/* News one at a time: what comes too soon after another waits, and what waits together is said together. */
export function paced<T>(gapMs: number, say: (items: T[]) => void): (item: T) => void {
  let waiting: T[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let said = -Infinity
  const flush = () => {
    timer = undefined
    said = Date.now()
    const items = waiting
    waiting = []
    say(items)
  }
  return (item) => {
    waiting.push(item)
    if (timer !== undefined) return
    const wait = said + gapMs - Date.now()
    if (wait <= 0) flush()
    else timer = setTimeout(flush, wait)
  }
}
