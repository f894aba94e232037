/* A real server for the tests: its own folder, its own port, killed and started again at will. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')

export interface Server {
  url: string
  port: number
  data: string
  setup: string
  /** All that it has said. */
  log: () => string
  kill: (signal: NodeJS.Signals) => Promise<void>
  /** It stands still, its sockets open, until it is let go on. */
  freeze: () => void
  thaw: () => void
  /** On the same port and folder. */
  again: () => Promise<void>
  remove: () => Promise<void>
}

function begin(data: string, port: number, extra: string[]): Promise<{ child: ChildProcess; port: number; text: () => string }> {
  const child = spawn(program, ['serve', '--data', data, '--port', String(port), '--web', resolve('dist'), ...extra], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server did not start:\n${text}`)), 60_000)
    const take = (chunk: Buffer) => {
      text += chunk.toString()
      const found = /https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)
      if (!found) return
      clearTimeout(timer)
      done({ child, port: Number(found[1]), text: () => text })
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('exit', (code) => {
      clearTimeout(timer)
      fail(new Error(`the server ended with ${code}:\n${text}`))
    })
  })
}

export async function startServer(extra: string[] = []): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'ironfly-page-'))
  let run = await begin(data, 0, extra)
  const first = run.port
  // The line with the address of the setup comes a moment after the one with the port.
  const ready = Date.now() + 20_000
  while (!run.text().includes('/setup#') && Date.now() < ready) await new Promise((next) => setTimeout(next, 50))
  const setup = /\/setup#\S+/.exec(run.text())?.[0] ?? ''
  const ended = (child: ChildProcess) => (child.exitCode === null && child.signalCode === null ? new Promise<void>((done) => child.once('exit', () => done())) : Promise.resolve())
  const kill = async (signal: NodeJS.Signals) => {
    const over = ended(run.child)
    run.child.kill(signal)
    await over
  }
  return {
    url: `http://127.0.0.1:${first}`,
    port: first,
    data,
    setup,
    log: () => run.text(),
    kill,
    freeze: () => void run.child.kill('SIGSTOP'),
    thaw: () => void run.child.kill('SIGCONT'),
    again: async () => {
      run = await begin(data, first, extra)
    },
    remove: async () => {
      await kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
}
