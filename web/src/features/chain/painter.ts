/*
 * The chain's grid: rows are recycled, text is patched outside React, once per picture. What is fixed
 * (heights, widths, containment) costs the browser nothing when figures change; direction is a class, never an
 * animation, which would cost four times as much.
 */
import { countAt, FLAG_STALE, FLAG_TAKEN_AWAY, FLAGS } from '@/lib/stream/chain_topic'
import type { ChainBook } from '@/lib/stream/chain_book'
import { fields, type ExpiryFacts, type Field, type FieldId } from '@/lib/chain/fields'
import type { StrikeRow } from '@/lib/chain/rows'
import { signed, strike as strikeText } from '@/lib/format'

export type GridRow = { kind: 'strike'; row: StrikeRow } | { kind: 'expiry'; text: string; badge: string }

export interface GridColumn {
  side: 'call' | 'put' | 'strike'
  field: FieldId | 'strike'
}

export interface GridState {
  book: ChainBook
  rows: readonly GridRow[]
  columns: readonly GridColumn[]
  facts: (row: StrikeRow) => ExpiryFacts | null
  /** Spot decides what is in the money. */
  spot: number | null
  /** Expected move round the forward: from, to. */
  band: readonly [number, number] | null
  /** Index in rows nearest to the money. */
  atm: number
  /** Contracts held and legs of the draft, by row of the book. */
  held: ReadonlyMap<number, number>
  staged: ReadonlyMap<number, number>
  /** Nothing here is live: the line is lost. */
  lost: boolean
}

export interface Cell {
  row: number
  column: number
}

export interface GridEvents {
  press: (cell: Cell, event: MouseEvent) => void
  context: (cell: Cell, event: MouseEvent) => void
}

const OVERSCAN = 4
/** After a key the next two frames are the cursor's: figures of a batch, which are most of a frame's work, come after them… */
const QUIET_MS = 24
/** …but are never later than this. */
const LATE_MS = 100

interface Pooled {
  element: HTMLDivElement
  cells: HTMLDivElement[]
  texts: string[]
  classes: string[]
  index: number
}

let grids = 0

export class GridPainter {
  readonly id = `grid${++grids}`
  private state: GridState | null = null
  private readonly scroller: HTMLElement
  private readonly body: HTMLElement
  private readonly events: GridEvents
  private pool: Pooled[] = []
  private rowHeight = 24
  /** Where it is scrolled to, and what is seen below the head: read when they change, since asking lays out what is dirty. */
  private top = 0
  private view = 0
  private frame = 0
  private quietUntil = 0
  private painted = 0
  private readonly resize: ResizeObserver
  private unlisten: (() => void) | null = null
  active: Cell = { row: 0, column: 0 }

  constructor(scroller: HTMLElement, body: HTMLElement, events: GridEvents) {
    this.scroller = scroller
    this.body = body
    this.events = events
    scroller.addEventListener('scroll', this.onScroll, { passive: true })
    body.addEventListener('click', this.onClick)
    body.addEventListener('contextmenu', this.onContext)
    this.resize = new ResizeObserver(() => this.layout())
    this.resize.observe(scroller)
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    this.resize.disconnect()
    this.unlisten?.()
    this.scroller.removeEventListener('scroll', this.onScroll)
    this.body.removeEventListener('click', this.onClick)
    this.body.removeEventListener('contextmenu', this.onContext)
    this.body.replaceChildren()
    this.pool = []
  }

  set(state: GridState): void {
    const before = this.state
    this.state = state
    if (before?.book !== state.book) {
      this.unlisten?.()
      this.unlisten = state.book.listen(this.take)
    }
    this.active = { row: Math.min(this.active.row, Math.max(0, state.rows.length - 1)), column: Math.min(this.active.column, state.columns.length - 1) }
    this.rowHeight = parseFloat(getComputedStyle(this.scroller).getPropertyValue('--row')) || 24
    this.body.style.height = `${state.rows.length * this.rowHeight}px`
    if (before?.columns !== state.columns) this.drop()
    this.layout()
  }

  /** The row into the middle of what is seen; the first row is seen whole. */
  center(row: number): void {
    // Near the end of the list it can go no further than whole rows allow.
    const most = Math.max(0, (this.state?.rows.length ?? 0) * this.rowHeight - this.view)
    this.scrollTo(Math.min(wholeRows((row + 0.5) * this.rowHeight - this.view / 2, this.rowHeight), Math.floor(most / this.rowHeight) * this.rowHeight))
    this.schedule()
  }

  get visibleRows(): number {
    return Math.max(1, Math.floor(this.view / this.rowHeight) - 1)
  }

  move(row: number, column: number): void {
    const state = this.state
    if (!state) return
    const before = this.active
    this.active = { row: Math.max(0, Math.min(state.rows.length - 1, row)), column: Math.max(0, Math.min(state.columns.length - 1, column)) }
    const top = this.active.row * this.rowHeight
    if (top < this.top) this.scrollTo(top)
    else if (top + this.rowHeight > this.top + this.view) this.scrollTo(wholeRows(top + this.rowHeight - this.view, this.rowHeight))
    this.quietUntil = performance.now() + QUIET_MS
    this.paintRows((index) => index === before.row || index === this.active.row)
  }

  activeId(): string {
    return `${this.id}-${this.active.row}-${this.active.column}`
  }

  private scrollTo(top: number): void {
    this.scroller.scrollTop = top
    this.top = this.scroller.scrollTop
  }

  private drop(): void {
    this.body.replaceChildren()
    this.pool = []
  }

  private layout(): void {
    const state = this.state
    if (!state) return
    this.top = this.scroller.scrollTop
    this.view = this.scroller.clientHeight - this.body.offsetTop
    const wanted = Math.min(state.rows.length, Math.ceil(this.scroller.clientHeight / this.rowHeight) + 2 * OVERSCAN)
    while (this.pool.length > wanted) this.pool.pop()?.element.remove()
    while (this.pool.length < wanted) this.pool.push(this.makeRow(state))
    for (const pooled of this.pool) {
      pooled.index = -1
      pooled.element.style.height = `${this.rowHeight}px`
    }
    this.paint()
  }

  private makeRow(state: GridState): Pooled {
    const element = document.createElement('div')
    element.setAttribute('role', 'row')
    element.className = 'chain-row'
    const cells = state.columns.map((column, i) => {
      const cell = document.createElement('div')
      cell.setAttribute('role', column.field === 'strike' ? 'rowheader' : 'gridcell')
      cell.setAttribute('aria-colindex', String(i + 1))
      cell.append('')
      element.append(cell)
      return cell
    })
    this.body.append(element)
    return { element, cells, texts: cells.map(() => ''), classes: cells.map(() => ''), index: -1 }
  }

  private readonly onScroll = (): void => {
    this.top = this.scroller.scrollTop
    this.schedule()
  }

  /** A batch. It comes in an animation frame already: waiting for another one would cost a sixtieth of a second. */
  private readonly take = (): void => {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    this.paintUnlessQuiet()
  }

  private readonly schedule = (): void => {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.paintUnlessQuiet()
    })
  }

  private paintUnlessQuiet(): void {
    const now = performance.now()
    if (now >= this.quietUntil || now - this.painted >= LATE_MS) return this.paint()
    this.paintRows(() => false)
    this.schedule()
  }

  private paint(): void {
    this.painted = performance.now()
    this.paintRows(() => true)
  }

  /** The rows that have come into sight, and of the others those that are wanted. */
  private paintRows(wanted: (index: number) => boolean): void {
    const state = this.state
    if (!state || this.pool.length === 0) return
    const first = Math.max(0, Math.min(state.rows.length - this.pool.length, Math.floor(this.top / this.rowHeight) - OVERSCAN))
    for (let i = 0; i < this.pool.length; i++) {
      const index = first + i
      const pooled = this.pool[index % this.pool.length]
      const row = state.rows[index]
      if (pooled && row && (pooled.index !== index || wanted(index))) this.paintRow(state, pooled, index, row)
    }
  }

  private paintRow(state: GridState, pooled: Pooled, index: number, row: GridRow): void {
    if (pooled.index !== index) {
      pooled.index = index
      pooled.element.style.transform = `translateY(${index * this.rowHeight}px)`
      pooled.element.setAttribute('aria-rowindex', String(index + 2))
      pooled.cells.forEach((cell, c) => (cell.id = `${this.id}-${index}-${c}`))
    }
    const kind = row.kind === 'expiry' ? 'chain-row chain-expiry' : index === state.atm ? 'chain-row chain-atm' : 'chain-row'
    if (pooled.element.className !== kind) pooled.element.className = kind
    for (let c = 0; c < state.columns.length; c++) {
      const column = state.columns[c] as GridColumn
      const [text, look] = row.kind === 'expiry' ? expiryCell(row, column) : strikeCell(state, row.row, column)
      const shown = index === this.active.row && c === this.active.column ? `${look} chain-active` : look
      if (pooled.texts[c] !== text) {
        pooled.texts[c] = text
        const node = pooled.cells[c]?.firstChild
        if (node) node.nodeValue = text
      }
      if (pooled.classes[c] !== shown) {
        pooled.classes[c] = shown
        const cell = pooled.cells[c]
        if (cell) cell.className = shown
      }
    }
  }

  private cellOf(event: Event): Cell | null {
    const cell = (event.target as HTMLElement).closest('[role=gridcell], [role=rowheader]')
    const [, row, column] = /-(\d+)-(\d+)$/.exec(cell?.id ?? '') ?? []
    return row === undefined || column === undefined ? null : { row: Number(row), column: Number(column) }
  }

  private readonly onClick = (event: MouseEvent): void => {
    const cell = this.cellOf(event)
    if (cell) this.events.press(cell, event)
  }

  private readonly onContext = (event: MouseEvent): void => {
    const cell = this.cellOf(event)
    if (!cell) return
    event.preventDefault()
    this.events.context(cell, event)
  }
}

/** Where to scroll to so that no row is half under the head: never short of what was asked for. */
export function wholeRows(top: number, rowHeight: number): number {
  return Math.max(0, Math.ceil(top / rowHeight - 0.01) * rowHeight)
}

function expiryCell(row: Extract<GridRow, { kind: 'expiry' }>, column: GridColumn): [string, string] {
  if (column.field === 'strike') return [row.text, 'chain-strike']
  return [column.field === 'bid' && column.side === 'put' ? row.badge : '', 'chain-cell']
}

function strikeCell(state: GridState, row: StrikeRow, column: GridColumn): [string, string] {
  const price = row.strike_micros / 1e6
  if (column.field === 'strike') {
    const inBand = state.band !== null && price >= state.band[0] && price <= state.band[1]
    return [marks(state, row), inBand ? 'chain-strike chain-band' : 'chain-strike']
  }
  const isCall = column.side === 'call'
  const at = isCall ? row.call : row.put
  const itm = state.spot !== null && (isCall ? price < state.spot : price > state.spot)
  let look = itm ? 'chain-cell chain-itm' : 'chain-cell'
  if (at < 0) return ['', look]
  const field = fields[column.field] as Field
  const { columns } = state.book
  const text = field.text(field.read(columns, at, row, column.side as 'call' | 'put', state.facts(row)))
  if (column.field === 'bid' || column.field === 'ask') {
    look += column.field === 'bid' ? ' chain-bid' : ' chain-ask'
    const flags = countAt(columns, FLAGS, at) ?? 0
    if (state.lost || flags & (FLAG_STALE | FLAG_TAKEN_AWAY)) look += ' stale'
    else if (state.book.moved[at] === 1) look += ' chain-up'
    else if (state.book.moved[at] === -1) look += ' chain-down'
    const staged = state.staged.get(at) ?? 0
    if (staged !== 0 && (column.field === 'ask') === staged > 0) look += ' chain-staged'
  } else if (state.lost) look += ' stale'
  return [text, look]
}

/** The strike, and what is held of its call and its put. */
function marks(state: GridState, row: StrikeRow): string {
  const call = state.held.get(row.call)
  const put = state.held.get(row.put)
  return `${call ? `${signed(call)}C ` : ''}${strikeText(row.strike_micros)}${put ? ` ${signed(put)}P` : ''}`
}

