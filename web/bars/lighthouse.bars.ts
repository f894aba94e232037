import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, expect, test } from '@playwright/test'
import base from '../playwright.config'
import { firstRun } from '../e2e/desk'
import { startServer } from '../e2e/server'

interface Answer {
  lhr: {
    categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>
    audits: Record<string, { title: string; score: number | null; displayValue?: string; numericValue?: number; details?: { items?: { node?: { snippet?: string } }[] } }>
    runtimeError?: { message: string }
  }
}
interface Library {
  default: (url: string, flags: Record<string, unknown>, config: unknown) => Promise<Answer>
  desktopConfig: unknown
}

const KINDS = ['performance', 'accessibility', 'best-practices'] as const
const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

test('Lighthouse on desk, chain, builder and report', async () => {
  const name = 'lighthouse'
  const { default: lighthouse, desktopConfig } = (await import(name)) as Library
  const store = mkdtempSync(join(tmpdir(), 'ironfly-store-'))
  const profile = mkdtempSync(join(tmpdir(), 'ironfly-profile-'))
  execFileSync(program, ['data', 'simulate', '--store', store, '--symbols', 'SPX', '--from', '2024-01-02', '--to', '2024-03-28', '--seed', '7'], { stdio: 'ignore' })
  const server = await startServer(['--store', store])
  const port = await freePort()
  const { executablePath, args } = base.use?.launchOptions ?? {}
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...(args ?? []), `--remote-debugging-port=${port}`], viewport: { width: 1440, height: 900 } })
  const page = context.pages()[0] ?? (await context.newPage())
  await firstRun(page, server)
  const run = await page.evaluate(async () => {
    const { csrf_token } = (await (await fetch('/api/v1/auth/me')).json()) as { csrf_token: string }
    await fetch('/api/v1/backtests', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token }, body: JSON.stringify({ strategy: 'iron_condor' }) })
    for (let tries = 0; tries < 300; tries++) {
      const { items } = (await (await fetch('/api/v1/backtests')).json()) as { items: { id: string }[] }
      if (items[0]) return items[0].id
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error('the backtest did not end')
  })
  // The draft is kept by the browser: the builder is opened with something built.
  await page.goto(`${server.url}/builder?symbol=SPX`)
  await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
  await expect(page.getByRole('slider', { name: /put/ })).toHaveCount(2)
  // A page beside it would take its share of the machine.
  await page.goto('about:blank')

  const short: string[] = []
  console.log(`  ${'Lighthouse, desktop'.padEnd(22)} performance  accessibility  best practices       LCP      TBT    CLS`)
  for (const [screen, path] of [
    ['desk', '/desk?symbol=SPX'],
    ['chain', '/chain?symbol=SPX'],
    ['builder', '/builder?symbol=SPX'],
    ['report', `/backtests?run=${run}`],
  ] as const) {
    const { lhr } = await lighthouse(server.url + path, { port, output: 'json', logLevel: 'error', onlyCategories: KINDS, disableStorageReset: true }, desktopConfig)
    if (lhr.runtimeError) throw new Error(`${screen}: ${lhr.runtimeError.message}`)
    const score = (kind: (typeof KINDS)[number]) => Math.round((lhr.categories[kind]?.score ?? 0) * 100)
    const text = (id: string) => lhr.audits[id]?.displayValue ?? '—'
    console.log(`  ${screen.padEnd(22)} ${String(score('performance')).padStart(11)} ${String(score('accessibility')).padStart(14)} ${String(score('best-practices')).padStart(15)} ${text('largest-contentful-paint').padStart(9)} ${text('total-blocking-time').padStart(8)} ${text('cumulative-layout-shift').padStart(6)}`)
    for (const kind of KINDS)
      for (const { id, weight } of lhr.categories[kind]?.auditRefs ?? []) {
        const audit = lhr.audits[id]
        if (!audit || weight === 0 || audit.score === null || audit.score >= (kind === 'performance' ? 0.9 : 1)) continue
        const where = audit.details?.items?.map((item) => item.node?.snippet ?? '').filter(Boolean).slice(0, 3) ?? []
        console.log(`    ${kind}: ${audit.title} ${audit.displayValue ?? ''} ${where.join(' ')}`)
        if (kind !== 'performance') short.push(`${screen}: ${audit.title}`)
      }
  }
  await context.close()
  await server.remove()
  for (const folder of [store, profile]) rmSync(folder, { recursive: true, force: true })
  expect(short).toEqual([])
})
