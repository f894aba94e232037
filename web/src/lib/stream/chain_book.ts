/*
 * A live chain on the page: columns that painters read, and who wants to know when they change. React reads
 * its version only; no quote goes through a component's state.
 */
import { useSyncExternalStore } from 'react'
import { applyRows, emptyColumns, type ChainChanges, type Columns, type Header, type Layout } from './chain_topic'

export class ChainBook {
  readonly topic: string
  layout: Layout | null = null
  columns: Columns = emptyColumns(0)
  header: Header | null = null
  /** Rises with each batch; layoutVersion when rows themselves are others. */
  version = 0
  layoutVersion = 0
  /** When the last batch came, by this machine's clock. */
  at: number | null = null
  refusal: string | null = null
  /** Direction of the last change of the bid, per row: 1 up, -1 down. */
  moved: Int8Array = new Int8Array(0)
  private readonly listeners = new Set<(rows: Uint32Array | null) => void>()

  constructor(topic: string) {
    this.topic = topic
  }

  take(changes: ChainChanges, now: number): void {
    if (changes.layout) {
      this.layout = changes.layout
      this.layoutVersion++
    }
    if (!this.layout) return
    const size = this.layout.contracts.length
    if (changes.replace) {
      this.columns = emptyColumns(size)
      this.moved = new Int8Array(size)
    }
    const bids = this.columns.ints[0] as Int32Array
    const before = changes.replace ? null : Int32Array.from(changes.rows, (row) => bids[row] as number)
    applyRows(this.columns, changes.rows, changes.body, 0)
    if (before) changes.rows.forEach((row, i) => (this.moved[row] = Math.sign((bids[row] as number) - (before[i] as number))))
    this.header = changes.header
    this.at = now
    this.refusal = null
    this.version++
    const rows = changes.replace || changes.layout ? null : changes.rows
    for (const listener of this.listeners) listener(rows)
  }

  refuse(code: string, detail: string): void {
    this.refusal = detail || code
    this.version++
    for (const listener of this.listeners) listener(null)
  }

  /** Told of the rows that changed; null: all of them. */
  listen(listener: (rows: Uint32Array | null) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get spot(): number | null {
    const micros = this.header?.spot ?? null
    return micros === null ? null : micros / 1e6
  }
}

const never = () => () => {}

/** Renders again with each batch; for the few parts that need to. */
export function useBookVersion(book: ChainBook | null): number {
  return useSyncExternalStore(book ? (l) => book.listen(l) : never, () => book?.version ?? 0)
}

export function useLayoutVersion(book: ChainBook | null): number {
  return useSyncExternalStore(book ? (l) => book.listen(l) : never, () => (book ? book.layoutVersion * 2 + (book.refusal ? 1 : 0) : 0))
}
