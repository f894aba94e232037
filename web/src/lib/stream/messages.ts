/* What the page and its worker tell each other. */
import type { Changes } from './json_topic'
import type { ChainChanges } from './chain_topic'

export type Asked =
  | { op: 'open'; url: string }
  | { op: 'subscribe'; topic: string }
  | { op: 'unsubscribe'; topic: string }
  /** The page has painted what it was told, and takes more. */
  | { op: 'ready' }
  | { op: 'retry' }
  | { op: 'close' }

export type Line = 'connecting' | 'open' | 'lost' | 'ended'

export type Told =
  | { kind: 'line'; line: Line; latency: number | null; dropped: number; late: boolean }
  | { kind: 'batch'; topics: { topic: string; changes: Changes }[]; chains: { topic: string; changes: ChainChanges }[] }
  | { kind: 'refused'; topic: string; code: string; detail: string }
