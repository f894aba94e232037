/*
 * What a page does with its time: frames, batches of quotes from the server's stamp to the pixel, key presses to the next
 * paint. Looked at from outside: the worker's messages and the grid's text are watched, nothing in the page knows of it.
 */
import type { CDPSession, Page } from '@playwright/test'

export interface Seen {
  /** Milliseconds from one animation frame to the next. */
  frames: number[]
  /** Milliseconds from the server's stamp in a frame of a chain to the paint that shows it. */
  pixels: number[]
  /** Milliseconds from a key press to the next paint; the browser tells those of 16 ms and more. */
  inputs: number[]
  /** Frames of the stream that were missed since the page was opened. */
  dropped: number
  /** Batches that the page took. */
  batches: number
}

interface Bars extends Seen {
  clear: () => void
}

declare global {
  interface Window {
    bars: Bars
  }
}

interface Told {
  kind: string
  dropped?: number
  chains?: { changes: { header: { now_ns: number } } }[]
}

/** Before the page is loaded. */
export async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const bars: Bars = { frames: [], pixels: [], inputs: [], dropped: 0, batches: 0, clear: () => Object.assign(bars, { frames: [], pixels: [], inputs: [], batches: 0 }) }
    window.bars = bars
    const now = () => performance.timeOrigin + performance.now()
    let pending: number[] = []
    let taken: number[] = []
    const Native = window.Worker
    window.Worker = class extends Native {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options)
        this.addEventListener('message', ({ data }: MessageEvent<Told>) => {
          if (data.kind === 'line') bars.dropped = data.dropped ?? 0
          if (data.kind !== 'batch') return
          bars.batches++
          for (const { changes } of data.chains ?? []) pending.push(changes.header.now_ns / 1e6)
        })
      }
      override postMessage(message: unknown, options?: Transferable[] | StructuredSerializeOptions): void {
        if ((message as { op?: string }).op === 'ready') {
          // The page has taken them; what changes in sight is on the glass two frames later, or nothing in sight changed.
          const these = pending
          pending = []
          taken = these
          requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => taken === these && (taken = []))))
        }
        super.postMessage(message, options as StructuredSerializeOptions)
      }
    }
    const painted = new MessageChannel()
    let showing: number[] = []
    painted.port1.addEventListener('message', () => {
      for (const stamp of showing) bars.pixels.push(now() - stamp)
      showing = []
    })
    painted.port1.start()
    new MutationObserver((changes) => {
      if (taken.length === 0 || !changes.some((c) => c.target.parentElement?.closest('.chain-grid'))) return
      showing.push(...taken)
      taken = []
      // A task that is queued in a frame runs when the frame is painted.
      painted.port2.postMessage(null)
    }).observe(document, { subtree: true, characterData: true })
    let last = 0
    const frame = (at: number) => {
      if (last) bars.frames.push(at - last)
      last = at
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') bars.inputs.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
}

export function seen(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const { frames, pixels, inputs, dropped, batches } = window.bars
    return { frames, pixels, inputs, dropped, batches }
  })
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** Shares of the main thread's processor time since the last call, in percent. */
export async function processor(cdp: CDPSession): Promise<() => Promise<{ all: number; script: number }>> {
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const read = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    const of = (name: string) => metrics.find((m) => m.name === name)?.value ?? 0
    return { at: performance.now() / 1000, all: of('TaskDuration'), script: of('ScriptDuration') }
  }
  let before = await read()
  return async () => {
    const now = await read()
    const share = (id: 'all' | 'script') => (100 * (now[id] - before[id])) / (now.at - before.at)
    const shares = { all: share('all'), script: share('script') }
    before = now
    return shares
  }
}

/** What a page holds, after its rubbish is collected. */
export async function held(cdp: CDPSession): Promise<{ heap: number; nodes: number; listeners: number }> {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters')
  return { heap: usedSize, nodes, listeners: jsEventListeners }
}

/** Kinds of a heap snapshot that are the browser's: what it compiled of scripts, and its own records. */
const BROWSERS = new Set(['code', 'native', 'object shape', 'synthetic', 'hidden'])

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } }
  nodes: number[]
}

/** Bytes of the page's own objects, strings and closures, by a heap snapshot: it takes a second or two. */
export async function owned(cdp: CDPSession): Promise<number> {
  const chunks: string[] = []
  const take = ({ chunk }: { chunk: string }) => chunks.push(chunk)
  cdp.on('HeapProfiler.addHeapSnapshotChunk', take)
  await cdp.send('HeapProfiler.collectGarbage')
  await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  cdp.off('HeapProfiler.addHeapSnapshotChunk', take)
  const { snapshot, nodes } = JSON.parse(chunks.join('')) as Snapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')]
  let sum = 0
  for (let at = 0; at < nodes.length; at += fields.length) if (!BROWSERS.has(types[0][nodes[at + type] ?? 0] ?? '')) sum += nodes[at + size] ?? 0
  return sum
}

export function say(what: string, figure: string, wanted = ''): void {
  console.log(`  ${what.padEnd(58)} ${figure.padStart(18)}${wanted ? `   (${wanted})` : ''}`)
}

export const ms = (value: number) => `${value.toFixed(1)} ms`
