/* A wire that can be cut: TCP between the browser and the server. */
import { createServer, connect, type Socket } from 'node:net'

export interface Wire {
  url: string
  cut: () => void
  mend: () => void
  close: () => void
}

export function startWire(port: number): Promise<Wire> {
  const open = new Set<Socket>()
  let whole = true
  const server = createServer((here) => {
    if (!whole) {
      here.destroy()
      return
    }
    const there = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const own = typeof address === 'object' && address ? address.port : 0
      done({
        url: `http://127.0.0.1:${own}`,
        cut: () => {
          whole = false
          for (const socket of open) socket.destroy()
        },
        mend: () => {
          whole = true
        },
        close: () => {
          for (const socket of open) socket.destroy()
          server.close()
        },
      })
    })
  })
}
