/*
 * The one socket, in a thread of its own: decodes frames, merges them to the newest state, and hands the
 * page one batch per picture. Knows what it missed, and takes up where it was after a cut.
 */
import { ChainTopic, readHeader, type Layout } from './chain_topic'
import { JsonTopic, type Frame } from './json_topic'
import type { Asked, Line, Told } from './messages'

const PING_MS = 1000
/** No word for so long, though one is asked for every second: what is shown is old. */
const LATE_MS = 2000
/** No word for so long: the line is dead, whatever the socket believes. */
const SILENCE_MS = 4000

const topics = new Map<string, JsonTopic>()
const chains = new Map<string, ChainTopic>()
const byNumber = new Map<number, ChainTopic>()
let socket: WebSocket | null = null
let url = ''
let line: Line = 'connecting'
let latency: number | null = null
let dropped = 0
let tries = 0
let ready = true
let heard = 0
let late = false
let pinged = { id: 0, at: 0 }
let timer: ReturnType<typeof setTimeout> | undefined

function tell(message: Told, transfer: Transferable[] = []): void {
  postMessage(message, { transfer })
}

function tellLine(next: Line): void {
  line = next
  tell({ kind: 'line', line, latency, dropped, late })
}

function send(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function subscribe(topic: string): void {
  const resume = (topics.get(topic) ?? chains.get(topic))?.resume
  send(resume ? { op: 'subscribe', topic, resume } : { op: 'subscribe', topic })
}

function flush(): void {
  if (!ready) return
  const batch: Extract<Told, { kind: 'batch' }> = { kind: 'batch', topics: [], chains: [] }
  const transfer: Transferable[] = []
  for (const [topic, state] of topics) {
    const changes = state.drain()
    if (changes) batch.topics.push({ topic, changes })
  }
  for (const [topic, state] of chains) {
    const changes = state.drain()
    if (!changes) continue
    batch.chains.push({ topic, changes })
    transfer.push(changes.body, changes.rows.buffer)
  }
  if (batch.topics.length === 0 && batch.chains.length === 0) return
  ready = false
  tell(batch, transfer)
}

type Message = { op?: string; id?: number; topic?: string; kind?: string; code?: string; detail?: string }

function takeText(text: string): void {
  const message = JSON.parse(text) as Message
  if (message.op === 'pong') {
    if (message.id === pinged.id) {
      latency = performance.now() - pinged.at
      tellLine('open')
    }
  } else if (message.op === 'subscribed') {
    const layout = message as unknown as Layout
    const chain = chains.get(layout.topic)
    if (!chain) return
    chain.announce(layout)
    byNumber.set(layout.number, chain)
  } else if (message.op === 'error') {
    tell({ kind: 'refused', topic: message.topic ?? '', code: message.code ?? '', detail: message.detail ?? '' })
  } else if (message.topic && message.kind) {
    const state = topics.get(message.topic)
    if (state && !state.take(message as unknown as Frame)) {
      dropped++
      send({ op: 'resync', topic: message.topic })
    }
  }
}

function takeBinary(buffer: ArrayBuffer): void {
  const header = readHeader(buffer)
  const chain = byNumber.get(header.number)
  if (!chain?.layout || chain.take(buffer, header)) return
  // A frame of the layout before its announcement is no loss: a snapshot follows.
  if (header.layout === chain.layout.layout) {
    dropped++
    send({ op: 'resync', topic: chain.layout.topic })
  }
}

function open(): void {
  clearTimeout(timer)
  byNumber.clear()
  const mine = new WebSocket(url)
  mine.binaryType = 'arraybuffer'
  socket = mine
  heard = performance.now()
  mine.addEventListener('open', () => {
    tries = 0
    tellLine('open')
    for (const topic of [...topics.keys(), ...chains.keys()]) subscribe(topic)
  })
  mine.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
    if (socket !== mine) return
    heard = performance.now()
    if (late) hear()
    if (typeof event.data === 'string') takeText(event.data)
    else takeBinary(event.data)
    flush()
  })
  mine.addEventListener('close', (event) => {
    if (socket === mine) lost(event.code)
  })
}

function hear(isLate = false): void {
  late = isLate
  tellLine(line)
}

function lost(code: number): void {
  socket = null
  late = false
  latency = null
  if (code === 4401) {
    tellLine('ended')
    return
  }
  tellLine('lost')
  const wait = Math.min(5000, 250 * 2 ** tries) * (0.75 + Math.random() / 2)
  tries++
  timer = setTimeout(open, wait)
}

setInterval(() => {
  if (socket?.readyState !== WebSocket.OPEN) return
  if (performance.now() - heard > SILENCE_MS) {
    const dead = socket
    lost(1006)
    dead.close()
    return
  }
  pinged = { id: pinged.id + 1, at: performance.now() }
  send({ op: 'ping', id: pinged.id })
}, PING_MS)

setInterval(() => {
  if (!late && line === 'open' && performance.now() - heard > LATE_MS) hear(true)
}, 250)

addEventListener('message', (event: MessageEvent<Asked>) => {
  const asked = event.data
  if (asked.op === 'open') {
    url = asked.url
    if (!socket) open()
  } else if (asked.op === 'subscribe') {
    if (asked.topic.startsWith('chain:')) chains.set(asked.topic, new ChainTopic())
    else topics.set(asked.topic, new JsonTopic())
    subscribe(asked.topic)
  } else if (asked.op === 'unsubscribe') {
    topics.delete(asked.topic)
    chains.delete(asked.topic)
    send({ op: 'unsubscribe', topic: asked.topic })
  } else if (asked.op === 'ready') {
    ready = true
    flush()
  } else if (asked.op === 'retry') {
    if (!socket || socket.readyState !== WebSocket.OPEN) open()
  } else {
    clearTimeout(timer)
    const mine = socket
    socket = null
    mine?.close()
  }
})
