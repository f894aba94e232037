/*
 * A live chain as the server streams it: frames of the rows that changed, one column after the other,
 * little-endian (docs/server.md). Rows are merged into columns here; what the page gets is always the newest
 * state of each changed row, once per picture.
 */
export const CHAIN_MAGIC = 0x31434649
export const CHAIN_HEADER = 72
export const CHAIN_COLUMNS = 14

export const BID = 0
export const ASK = 1
export const LAST = 2
export const BID_SIZE = 3
export const ASK_SIZE = 4
export const VOLUME = 5
export const OPEN_INTEREST = 6
export const QUOTED = 7
export const FLAGS = 8
export const VOL = 9
export const DELTA = 10
export const GAMMA = 11
export const THETA = 12
export const VEGA = 13

export const FLAG_TAKEN_AWAY = 1
export const FLAG_HALTED = 2
export const FLAG_STALE = 4

export const NO_PRICE = -0x80000000
export const NO_COUNT = 0xffffffff

/** The answer to a subscription: what each row is. */
export interface Layout {
  topic: string
  number: number
  symbol: string
  epoch: string
  layout: number
  base_ns: number
  contracts: string[]
  rights: string
  strikes_micros: number[]
  expiries: string[]
  settles: string
}

export interface Header {
  kind: number
  number: number
  layout: number
  rows: number
  open: boolean
  seq: number
  from: number
  now_ns: number
  market_ns: number
  spot: number | null
}

function wide(view: DataView, at: number): number {
  return Number(view.getBigInt64(at, true))
}

/** Throws on what is no frame: a page that reads rubbish must not show it. */
export function readHeader(buffer: ArrayBuffer): Header {
  if (buffer.byteLength < CHAIN_HEADER) throw new Error(`a chain frame of ${buffer.byteLength} bytes is shorter than its header`)
  const view = new DataView(buffer)
  if (view.getUint32(0, true) !== CHAIN_MAGIC || view.getUint16(4, true) !== 1) throw new Error('not a chain frame of version 1')
  const rows = view.getUint32(16, true)
  if (buffer.byteLength !== CHAIN_HEADER + rows * 4 * (CHAIN_COLUMNS + 1)) throw new Error(`a chain frame of ${rows} rows has ${buffer.byteLength} bytes`)
  const spot = view.getBigInt64(56, true)
  return {
    kind: view.getUint16(6, true),
    number: view.getUint32(8, true),
    layout: view.getUint32(12, true),
    rows,
    open: (view.getUint32(20, true) & 1) === 1,
    seq: wide(view, 24),
    from: wide(view, 32),
    now_ns: wide(view, 40),
    market_ns: wide(view, 48),
    spot: spot === -(2n ** 63n) ? null : Number(spot),
  }
}

/** Columns of one chain: prices as whole 1/10000 dollar, counts as they are, the rest as floats. */
export interface Columns {
  ints: Int32Array[]
  counts: Uint32Array[]
  floats: Float32Array[]
}

const INTS = 3
const COUNTS = 6
const FLOATS = 5

export function emptyColumns(rows: number): Columns {
  return {
    ints: Array.from({ length: INTS }, () => new Int32Array(rows).fill(NO_PRICE)),
    counts: Array.from({ length: COUNTS }, (_, i) => new Uint32Array(rows).fill(i === FLAGS - INTS ? 0 : NO_COUNT)),
    floats: Array.from({ length: FLOATS }, () => new Float32Array(rows).fill(Number.NaN)),
  }
}

/** A price in 1/10000 dollar, or null. */
export function priceAt(columns: Columns, column: number, row: number): number | null {
  const value = columns.ints[column]?.[row] ?? NO_PRICE
  return value === NO_PRICE ? null : value
}

export function countAt(columns: Columns, column: number, row: number): number | null {
  const value = columns.counts[column - INTS]?.[row] ?? NO_COUNT
  return value === NO_COUNT ? null : value
}

export function floatAt(columns: Columns, column: number, row: number): number | null {
  const value = columns.floats[column - INTS - COUNTS]?.[row] ?? Number.NaN
  return Number.isNaN(value) ? null : value
}

/** Put the rows of a frame's body where they belong. Row numbers beyond the layout are refused. */
export function applyRows(columns: Columns, rows: Uint32Array, body: ArrayBuffer, offset: number): void {
  const n = rows.length
  const size = columns.ints[0]?.length ?? 0
  for (let i = 0; i < n; i++) if ((rows[i] ?? 0) >= size) throw new Error(`row ${rows[i]} of a chain of ${size}`)
  let at = offset
  const all: (Int32Array | Uint32Array | Float32Array)[] = [...columns.ints, ...columns.counts, ...columns.floats]
  for (const target of all) {
    const source =
      target instanceof Int32Array ? new Int32Array(body, at, n) : target instanceof Uint32Array ? new Uint32Array(body, at, n) : new Float32Array(body, at, n)
    for (let i = 0; i < n; i++) target[rows[i] as number] = source[i] as number
    at += 4 * n
  }
}

/** What the page has not seen yet, ready to be handed over without a copy. */
export interface ChainChanges {
  replace: boolean
  layout: Layout | null
  header: Header
  rows: Uint32Array<ArrayBuffer>
  body: ArrayBuffer
}

export class ChainTopic {
  seq = -1
  layout: Layout | null = null
  private columns: Columns = emptyColumns(0)
  private dirty = new Uint8Array(0)
  private changed: number[] = []
  private replace = false
  private newLayout = false
  private header: Header | null = null

  get resume(): string | undefined {
    return this.layout && this.seq >= 0 ? `${this.layout.epoch}.${this.layout.layout}.${this.seq}` : undefined
  }

  announce(layout: Layout): void {
    const same = this.layout?.epoch === layout.epoch && this.layout.layout === layout.layout
    this.layout = layout
    // A connection taken up again has the same rows, and what is known of them stays until frames say otherwise.
    if (same) return
    this.columns = emptyColumns(layout.contracts.length)
    this.dirty = new Uint8Array(layout.contracts.length)
    this.changed = []
    this.replace = true
    this.newLayout = true
    this.seq = -1
  }

  /** False: a frame is missing or of another layout, ask for the whole. */
  take(buffer: ArrayBuffer, header: Header): boolean {
    if (!this.layout || header.layout !== this.layout.layout) return false
    if (header.kind === 1) {
      this.columns = emptyColumns(this.layout.contracts.length)
      this.dirty.fill(0)
      this.changed = []
      this.replace = true
    } else if (header.from !== this.seq) return false
    const rows = new Uint32Array(buffer, CHAIN_HEADER, header.rows)
    applyRows(this.columns, rows, buffer, CHAIN_HEADER + 4 * header.rows)
    for (const row of rows) {
      if (this.dirty[row]) continue
      this.dirty[row] = 1
      this.changed.push(row)
    }
    this.seq = header.seq
    this.header = header
    return true
  }

  drain(): ChainChanges | null {
    if (!this.header || (!this.replace && !this.newLayout && this.changed.length === 0)) return null
    const rows = Uint32Array.from(this.changed)
    const n = rows.length
    const body = new ArrayBuffer(4 * n * CHAIN_COLUMNS)
    let at = 0
    for (const source of [...this.columns.ints, ...this.columns.counts, ...this.columns.floats]) {
      const target =
        source instanceof Int32Array ? new Int32Array(body, at, n) : source instanceof Uint32Array ? new Uint32Array(body, at, n) : new Float32Array(body, at, n)
      for (let i = 0; i < n; i++) target[i] = source[rows[i] as number] as number
      at += 4 * n
    }
    const changes = { replace: this.replace, layout: this.newLayout ? this.layout : null, header: this.header, rows, body }
    for (const row of this.changed) this.dirty[row] = 0
    this.changed = []
    this.replace = false
    this.newLayout = false
    return changes
  }
}
