/*
 * A wire before a real server that adds one thing: a whole chain of as many strikes as one likes, with a frame twenty
 * times a second. The simulated market lists a tenth of that; everything else passes through as it is.
 */
import { createServer, request, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

interface Socket {
  on: (event: 'message' | 'close' | 'open' | 'error', then: (data: Buffer | string) => void) => void
  send: (data: string | Buffer, options?: { binary: boolean }) => void
  close: () => void
  readyState: number
  bufferedAmount: number
}
interface Library {
  default: {
    new (url: string, options: { headers: Record<string, string> }): Socket
    Server: new (options: { noServer: true }) => { handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, then: (socket: Socket) => void) => void }
  }
}

const HEAD = 72
const COLUMNS = 14
const NUMBER = 60_000
const HZ = 20

export interface Made {
  symbol: string
  expiries: number
  strikes: number
  /** Rows that change in each frame, besides those of the first expiry, which all do. */
  changed: number
}

export interface MadeChain {
  url: string
  /** Frames that were sent. */
  frames: () => number
  close: () => void
}

function layoutOf({ symbol, expiries, strikes }: Made) {
  const days = Array.from({ length: expiries }, (_, i) => new Date(Date.UTC(2025, 0, 3 + 7 * i)).toISOString().slice(0, 10))
  const levels = Array.from({ length: strikes }, (_, i) => 5100 + (i - strikes / 2) * 5)
  const rows = days.flatMap((day) => levels.flatMap((level) => (['C', 'P'] as const).map((right) => ({ day, level, right }))))
  return {
    op: 'subscribed',
    topic: `chain:${symbol}`,
    number: NUMBER,
    symbol,
    epoch: 'made',
    layout: 1,
    base_ns: 0,
    contracts: rows.map((r) => `${symbol.padEnd(6)}${r.day.slice(2).replaceAll('-', '')}${r.right}${String(r.level * 1000).padStart(8, '0')}`),
    rights: rows.map((r) => r.right).join(''),
    strikes_micros: rows.map((r) => r.level * 1e6),
    expiries: rows.map((r) => r.day),
    settles: 'P'.repeat(rows.length),
  }
}

/** A frame of these rows (docs/server.md, "Chains"); prices wander, so that every one differs from the last. */
function frameOf(rows: readonly number[], layout: ReturnType<typeof layoutOf>, seq: number): Buffer {
  const n = rows.length
  const out = Buffer.alloc(HEAD + 4 * n * (COLUMNS + 1))
  out.writeUInt32LE(0x31434649, 0)
  out.writeUInt16LE(1, 4)
  out.writeUInt16LE(seq === 1 ? 1 : 2, 6)
  out.writeUInt32LE(NUMBER, 8)
  out.writeUInt32LE(1, 12)
  out.writeUInt32LE(n, 16)
  out.writeUInt32LE(1, 20)
  out.writeBigInt64LE(BigInt(seq), 24)
  out.writeBigInt64LE(BigInt(seq - 1), 32)
  out.writeBigInt64LE(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)), 40)
  out.writeBigInt64LE(1_735_914_600_000_000_000n + BigInt(seq) * 50_000_000n, 48)
  out.writeBigInt64LE(BigInt(Math.round((5100 + Math.sin(seq / 50)) * 1e6)), 56)
  rows.forEach((row, i) => {
    const level = (layout.strikes_micros[row] ?? 0) / 1e6
    const isCall = layout.rights[row] === 'C'
    const worth = Math.max(0, isCall ? 5100 - level : level - 5100) + 20 + 4 * Math.sin(row + seq / 7)
    const put = (column: number, write: (at: number) => void) => write(HEAD + 4 * n + 4 * (column * n + i))
    out.writeUInt32LE(row, HEAD + 4 * i)
    put(0, (at) => out.writeInt32LE(Math.round(worth * 20) * 500, at))
    put(1, (at) => out.writeInt32LE(Math.round(worth * 20 + 4) * 500, at))
    put(2, (at) => out.writeInt32LE(-0x80000000, at))
    for (let column = 3; column < 8; column++) put(column, (at) => out.writeUInt32LE((row * 7 + seq * (column - 2)) % 4000, at))
    for (const [column, value] of [0.2 + (seq % 9) / 1000, (isCall ? 0.5 : -0.5) + (seq % 7) / 1000, 0.01, -8 - (seq % 50) / 100, 0.3 + (seq % 20) / 100].entries())
      put(9 + column, (at) => out.writeFloatLE(value, at))
  })
  return out
}

export async function startMadeChain(port: number, made: Made): Promise<MadeChain> {
  const name = 'ws'
  const { default: Client } = (await import(name)) as Library
  const layout = layoutOf(made)
  const count = layout.contracts.length
  const sockets = new Client.Server({ noServer: true })
  const timers = new Set<ReturnType<typeof setInterval>>()
  let sent = 0

  const server = createServer((asked, answer) => {
    const there = request({ host: '127.0.0.1', port, path: asked.url, method: asked.method, headers: { ...asked.headers, ...(asked.headers.origin ? { origin: `http://127.0.0.1:${port}` } : {}), host: `127.0.0.1:${port}` } }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    there.on('error', () => answer.destroy())
    asked.pipe(there)
  })
  const stream = (here: Socket) => {
    let seq = 0
    let timer: ReturnType<typeof setInterval> | undefined
    const all = Array.from({ length: count }, (_, i) => i)
    const near = Array.from({ length: 2 * made.strikes }, (_, i) => i)
    const next = () => {
      // A reader that is behind gets the newest later, as from the server.
      if (here.bufferedAmount > 1 << 20) return
      seq++
      sent++
      const others = Array.from({ length: made.changed }, (_, i) => 2 * made.strikes + ((seq * 7919 + i * 104_729) % Math.max(1, count - 2 * made.strikes)))
      here.send(frameOf(seq === 1 ? all : [...near, ...new Set(others)], layout, seq), { binary: true })
    }
    return {
      begin: () => {
        clearInterval(timer)
        seq = 0
        here.send(JSON.stringify(layout))
        next()
        timer = setInterval(next, 1000 / HZ)
        timers.add(timer)
      },
      end: () => clearInterval(timer),
    }
  }
  server.on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.handleUpgrade(asked, socket, head, (here) => {
      const there = new Client(`ws://127.0.0.1:${port}${asked.url}`, { headers: { cookie: asked.headers.cookie ?? '', origin: `http://127.0.0.1:${port}` } })
      const own = stream(here)
      let waiting: string[] | null = []
      there.on('open', () => {
        for (const text of waiting ?? []) there.send(text)
        waiting = null
      })
      here.on('message', (data) => {
        const text = data.toString()
        const { op, topic } = JSON.parse(text) as { op: string; topic?: string }
        if (topic !== layout.topic) {
          if (waiting) waiting.push(text)
          else there.send(text)
        } else if (op === 'unsubscribe') own.end()
        else own.begin()
      })
      there.on('message', (data) => here.send(data))
      const end = () => {
        own.end()
        here.close()
        there.close()
      }
      for (const one of [here, there]) {
        one.on('close', end)
        one.on('error', end)
      }
    })
  })
  const own = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      done(typeof address === 'object' && address ? address.port : 0)
    })
  })
  return {
    url: `http://127.0.0.1:${own}`,
    frames: () => sent,
    close: () => {
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      server.close()
    },
  }
}
