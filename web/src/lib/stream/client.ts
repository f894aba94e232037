/*
 * The page's end of the socket: topics as React reads them, chains as painters read them. All that came
 * since the last picture is taken at once, in one animation frame; a hidden page takes it once a second.
 */
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { create } from 'zustand'
import type { Account, Alert, Armed, Desk, Job, Order, Position, Quote } from '@/api/types.gen'
import { askWho, useSession } from '@/state/session'
import { ChainBook } from './chain_book'
import type { Asked, Line, Told } from './messages'

/** What the items of each topic are. */
export interface TopicItems {
  orders: Order
  positions: Position
  account: Account
  quotes: Quote
  strategies: Armed
  desk: Desk
  alerts: Alert
  jobs: Job
  system: Record<string, unknown>
}
export type TopicName = keyof TopicItems

interface LineState {
  line: Line
  latency: number | null
  /** Nothing was heard for two seconds: the line may be down, and nobody knows yet. */
  late: boolean
  /** Frames that were missed since the page was opened; each was asked for again. */
  dropped: number
  /** When the line was lost, by this machine's clock. */
  since: number | null
}

export const useLine = create<LineState>(() => ({ line: 'connecting', latency: null, late: false, dropped: 0, since: null }))

interface TopicState {
  items: Map<string, unknown>
  list: unknown[]
  /** When the last frame came, by this machine's clock; null: none yet. */
  at: number | null
  users: number
  listeners: Set<() => void>
  leaving?: ReturnType<typeof setTimeout>
}

const LINGER_MS = 3000
const topics = new Map<string, TopicState>()
const books = new Map<string, ChainBook>()
/** Chains that the worker was asked for. */
const asked = new Set<string>()
let worker: Worker | null = null

function ask(message: Asked): void {
  worker?.postMessage(message)
}

function takeBatch(batch: Extract<Told, { kind: 'batch' }>): void {
  const now = Date.now()
  for (const { topic, changes } of batch.topics) {
    const state = topics.get(topic)
    if (!state) continue
    if (changes.replace) state.items = new Map()
    for (const [key, value] of changes.items) state.items.set(key, value)
    for (const key of changes.gone) state.items.delete(key)
    state.list = [...state.items.values()]
    state.at = now
    for (const listener of state.listeners) listener()
  }
  for (const { topic, changes } of batch.chains) books.get(topic)?.take(changes, now)
}

function onMessage(event: MessageEvent<Told>): void {
  const told = event.data
  if (told.kind === 'batch') {
    const take = () => {
      takeBatch(told)
      ask({ op: 'ready' })
    }
    if (document.hidden) setTimeout(take, 1000)
    else requestAnimationFrame(take)
  } else if (told.kind === 'line') {
    const was = useLine.getState()
    const since = told.line === 'open' ? null : (was.since ?? Date.now())
    useLine.setState({ line: told.line, latency: told.latency, late: told.late, dropped: told.dropped, since })
    // Sockets do not say why they were refused; the session may be over.
    if (told.line === 'ended' || (told.line === 'lost' && was.line === 'lost')) void checkSession()
  } else books.get(told.topic)?.refuse(told.code, told.detail)
}

async function checkSession(): Promise<void> {
  const answer = await fetch('/api/v1/auth/me', { credentials: 'same-origin' }).catch(() => null)
  if (answer?.status === 401 && useSession.getState().state === 'in') useSession.setState({ state: 'ended' })
}

/** Open the socket; the answer closes it. Called once, when somebody is logged in. */
export function openStream(): () => void {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', onMessage)
  const url = new URL('/api/v1/stream', window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  ask({ op: 'open', url: url.href })
  for (const topic of [...topics.keys(), ...asked]) ask({ op: 'subscribe', topic })
  return () => {
    ask({ op: 'close' })
    worker?.terminate()
    worker = null
  }
}

export function retryStream(): void {
  void askWho()
  ask({ op: 'retry' })
}

function hold(topic: string): TopicState {
  let state = topics.get(topic)
  if (!state) {
    state = { items: new Map(), list: [], at: null, users: 0, listeners: new Set() }
    topics.set(topic, state)
    ask({ op: 'subscribe', topic })
  }
  return state
}

function watch(topic: string, listener: () => void): () => void {
  const state = hold(topic)
  clearTimeout(state.leaving)
  state.users++
  state.listeners.add(listener)
  return () => {
    state.users--
    state.listeners.delete(listener)
    // Going from screen to screen is no reason to ask for everything again.
    state.leaving = setTimeout(() => {
      if (state.users > 0) return
      topics.delete(topic)
      ask({ op: 'unsubscribe', topic })
    }, LINGER_MS)
  }
}

const NOTHING: unknown[] = []

/** All items of a topic, newest state; null until the first answer. Keys are in the server's order of change. */
export function useTopic<T extends TopicName>(topic: T): TopicItems[T][] | null {
  const subscribe = useMemo(() => (listener: () => void) => watch(topic, listener), [topic])
  const list = useSyncExternalStore(subscribe, () => topics.get(topic)?.list ?? NOTHING)
  return list === NOTHING || topics.get(topic)?.at == null ? null : (list as TopicItems[T][])
}

/** The one item of a topic that has one: the desk, the account. */
export function useOne<T extends TopicName>(topic: T): TopicItems[T] | null {
  return useTopic(topic)?.[0] ?? null
}

/** When a topic last spoke, by this machine's clock. */
export function topicAt(topic: TopicName): number | null {
  return topics.get(topic)?.at ?? null
}

/** Call `then` with each change of a topic, outside React. */
export function onTopic<T extends TopicName>(topic: T, then: (items: ReadonlyMap<string, TopicItems[T]>) => void): () => void {
  const tell = () => then((topics.get(topic)?.items ?? new Map()) as Map<string, TopicItems[T]>)
  return watch(topic, tell)
}

/** A chain is one book however many look at it; the last one out ends it, a little later. */
const holders = new Map<string, { users: number; leaving?: ReturnType<typeof setTimeout> }>()

function holdBook(topic: string): () => void {
  const holder = holders.get(topic) ?? { users: 0 }
  holders.set(topic, holder)
  clearTimeout(holder.leaving)
  if (holder.users++ === 0 && !asked.has(topic)) {
    asked.add(topic)
    ask({ op: 'subscribe', topic })
  }
  return () => {
    holder.users--
    holder.leaving = setTimeout(() => {
      if (holder.users > 0) return
      holders.delete(topic)
      books.delete(topic)
      asked.delete(topic)
      ask({ op: 'unsubscribe', topic })
    }, LINGER_MS)
  }
}

function bookOf(topic: string): ChainBook {
  const book = books.get(topic) ?? new ChainBook(topic)
  books.set(topic, book)
  return book
}

/** The live chains of these topics ("chain:SPX", "chain:SPX:2026-11-20"), in their order. */
export function useBooks(names: readonly string[]): ChainBook[] {
  const key = names.join(' ')
  useEffect(() => {
    const releases = (key ? key.split(' ') : []).map(holdBook)
    return () => releases.forEach((release) => release())
  }, [key])
  return useMemo(() => (key ? key.split(' ') : []).map(bookOf), [key])
}

export function useChain(topic: string | null): ChainBook | null {
  return useBooks(topic ? [topic] : NO_NAMES)[0] ?? null
}

const NO_NAMES: readonly string[] = []
