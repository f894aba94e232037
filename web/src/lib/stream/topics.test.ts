import { describe, expect, it } from 'vitest'
import { JsonTopic, type Frame } from './json_topic'
import { ASK, BID, CHAIN_COLUMNS, CHAIN_HEADER, CHAIN_MAGIC, ChainTopic, DELTA, FLAGS, NO_PRICE, readHeader, VOLUME, type Layout } from './chain_topic'
import { ChainBook } from './chain_book'
import { countAt, floatAt, priceAt } from './chain_topic'

function frame(kind: 'snapshot' | 'delta', from: number, seq: number, items: Record<string, number>, gone: string[] = []): Frame {
  return { topic: 'orders', kind, from, seq, resume: `e.${seq}`, items: Object.entries(items).map(([key, value]) => ({ key, value })), gone }
}

describe('a topic of items', () => {
  it('gives the newest state of each, once', () => {
    const topic = new JsonTopic()
    expect(topic.take(frame('snapshot', 0, 3, { a: 1, b: 2 }))).toBe(true)
    expect(topic.take(frame('delta', 3, 5, { b: 4 }, ['a']))).toBe(true)
    const changes = topic.drain()
    expect(changes?.replace).toBe(true)
    expect([...(changes?.items ?? [])]).toEqual([['b', 4]])
    expect(topic.drain()).toBeNull()
    expect(topic.resume).toBe('e.5')
  })
  it('knows that a frame is missing, and a snapshot heals it', () => {
    const topic = new JsonTopic()
    topic.take(frame('snapshot', 0, 3, { a: 1 }))
    topic.drain()
    expect(topic.take(frame('delta', 4, 6, { a: 9 }))).toBe(false)
    expect(topic.drain()).toBeNull()
    expect(topic.take(frame('snapshot', 0, 6, { c: 7 }))).toBe(true)
    expect(topic.drain()?.replace).toBe(true)
  })
  it('what is gone and comes again is there', () => {
    const topic = new JsonTopic()
    topic.take(frame('snapshot', 0, 1, { a: 1 }))
    topic.drain()
    topic.take(frame('delta', 1, 2, {}, ['a']))
    topic.take(frame('delta', 2, 3, { a: 5 }))
    const changes = topic.drain()
    expect(changes?.gone.size).toBe(0)
    expect(changes?.items.get('a')).toBe(5)
  })
})

const layout: Layout = {
  topic: 'chain:SPX:2026-11-20',
  number: 1,
  symbol: 'SPX',
  epoch: '9f',
  layout: 3,
  base_ns: 0,
  contracts: ['SPXW  261120C05000000', 'SPXW  261120P05000000', 'SPXW  261120C05005000'],
  rights: 'CPC',
  strikes_micros: [5e9, 5e9, 5005e6],
  expiries: ['2026-11-20', '2026-11-20', '2026-11-20'],
  settles: 'PPP',
}

interface Row {
  row: number
  bid: number
  ask: number
  volume: number
  delta: number
}

/** A frame as docs/server.md lays it out. */
function binary(kind: number, from: number, seq: number, rows: Row[], of = 3): ArrayBuffer {
  const n = rows.length
  const buffer = new ArrayBuffer(CHAIN_HEADER + 4 * n * (CHAIN_COLUMNS + 1))
  const view = new DataView(buffer)
  view.setUint32(0, CHAIN_MAGIC, true)
  view.setUint16(4, 1, true)
  view.setUint16(6, kind, true)
  view.setUint32(8, 1, true)
  view.setUint32(12, of, true)
  view.setUint32(16, n, true)
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(seq), true)
  view.setBigUint64(32, BigInt(from), true)
  view.setBigInt64(48, 77n, true)
  view.setBigInt64(56, -(2n ** 63n), true)
  rows.forEach(({ row, bid, ask, volume, delta }, i) => {
    const at = (column: number) => CHAIN_HEADER + 4 * n + 4 * (column * n + i)
    view.setUint32(CHAIN_HEADER + 4 * i, row, true)
    view.setInt32(at(BID), bid, true)
    view.setInt32(at(ASK), ask, true)
    view.setInt32(at(2), NO_PRICE, true)
    view.setUint32(at(VOLUME), volume, true)
    view.setFloat32(at(DELTA), delta, true)
  })
  return buffer
}

function take(topic: ChainTopic, buffer: ArrayBuffer): boolean {
  return topic.take(buffer, readHeader(buffer))
}

describe('a live chain', () => {
  it('reads frames as the server writes them, and hands on the newest of each row once', () => {
    const topic = new ChainTopic()
    topic.announce(layout)
    expect(take(topic, binary(1, 0, 5, [{ row: 0, bid: 12_500, ask: 13_000, volume: 7, delta: 0.5 }, { row: 2, bid: -1, ask: 2, volume: 0xffffffff, delta: Number.NaN }]))).toBe(true)
    expect(take(topic, binary(2, 5, 6, [{ row: 0, bid: 12_600, ask: 13_000, volume: 8, delta: 0.25 }]))).toBe(true)
    const changes = topic.drain()
    expect(changes?.header.spot).toBeNull()
    expect([...(changes?.rows ?? [])]).toEqual([0, 2])
    expect(topic.drain()).toBeNull()
    expect(topic.resume).toBe('9f.3.6')

    const book = new ChainBook(layout.topic)
    if (changes) book.take(changes, 1)
    expect(priceAt(book.columns, BID, 0)).toBe(12_600)
    expect(priceAt(book.columns, 2, 0)).toBeNull()
    expect(countAt(book.columns, VOLUME, 0)).toBe(8)
    expect(countAt(book.columns, VOLUME, 2)).toBeNull()
    expect(floatAt(book.columns, DELTA, 0)).toBe(0.25)
    expect(floatAt(book.columns, DELTA, 2)).toBeNull()
    // A row never told of is not known, and not 0.
    expect(priceAt(book.columns, ASK, 1)).toBeNull()
    expect(countAt(book.columns, FLAGS, 1)).toBe(0)
  })
  it('asks again when a frame is missing, and a snapshot forgets what was before', () => {
    const topic = new ChainTopic()
    topic.announce(layout)
    take(topic, binary(1, 0, 5, [{ row: 0, bid: 1, ask: 2, volume: 1, delta: 0 }]))
    topic.drain()
    expect(take(topic, binary(2, 6, 7, [{ row: 0, bid: 9, ask: 9, volume: 1, delta: 0 }]))).toBe(false)
    expect(take(topic, binary(1, 0, 8, [{ row: 1, bid: 3, ask: 4, volume: 1, delta: 0 }]))).toBe(true)
    const changes = topic.drain()
    expect(changes?.replace).toBe(true)
    expect([...(changes?.rows ?? [])]).toEqual([1])
  })
  it('refuses frames of another layout, rows that are none, and what is no frame', () => {
    const topic = new ChainTopic()
    topic.announce(layout)
    expect(take(topic, binary(1, 0, 5, [], 4))).toBe(false)
    expect(() => take(topic, binary(1, 0, 5, [{ row: 9, bid: 1, ask: 1, volume: 1, delta: 0 }]))).toThrow('row 9')
    expect(() => readHeader(new ArrayBuffer(10))).toThrow('shorter')
    expect(() => readHeader(new ArrayBuffer(100))).toThrow('not a chain frame')
    expect(() => readHeader(binary(1, 0, 1, [{ row: 0, bid: 1, ask: 1, volume: 1, delta: 0 }]).slice(0, 100))).toThrow('rows')
  })
  it('keeps what it knows when the same chain is announced again after a cut', () => {
    const topic = new ChainTopic()
    topic.announce(layout)
    take(topic, binary(1, 0, 5, [{ row: 0, bid: 1, ask: 2, volume: 1, delta: 0 }]))
    topic.drain()
    topic.announce({ ...layout })
    expect(topic.resume).toBe('9f.3.5')
    expect(take(topic, binary(2, 5, 6, [{ row: 1, bid: 1, ask: 2, volume: 1, delta: 0 }]))).toBe(true)
    topic.announce({ ...layout, layout: 4 })
    expect(topic.resume).toBeUndefined()
  })
})
