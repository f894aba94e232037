import { expect, test, type BrowserContext, type CDPSession, type Page } from '@playwright/test'
import { firstRun } from '../e2e/desk'
import { startServer, type Server } from '../e2e/server'
import { held, owned, say, seen, watch } from './watch'

/* The whole desk, held open: one page with every panel, one with the whole chain, one that goes through all screens again and
 * again. What they hold is measured once a minute. BARS_MINUTES=30 is the bar; fewer only show that it works.
 * Of desk and chain the bar is on all of the heap. Twelve screens have the browser compile more and more of their scripts for half an hour: of the
 * walk it is on what the page itself holds. */
const MINUTES = Number(process.env.BARS_MINUTES ?? 30)
/** Caches and compiled code fill at first: growth counts from here. */
const WARM = Math.min(3, Math.floor(MINUTES / 3))
const SCREENS = ['/desk', '/chain', '/builder', '/orders?tab=all', '/positions', '/charts', '/volatility', '/backtests', '/strategies', '/settings', '/system', '/audit']

interface Row {
  minute: number
  heap: number[]
  nodes: number[]
  dropped: number
  server: number
}

async function opened(context: BrowserContext, server: Server, path: string): Promise<{ page: Page; cdp: CDPSession }> {
  const page = await context.newPage()
  await watch(page)
  await page.goto(server.url + path)
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  return { page, cdp: await context.newCDPSession(page) }
}

/** By the page's own links, as a person does: nothing is loaded anew. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)
}

async function walkUntil(page: Page, end: number): Promise<void> {
  for (let i = 0; Date.now() < end; i++) {
    await go(page, SCREENS[i % SCREENS.length] ?? '/desk')
    await page.waitForTimeout(1500)
  }
}

async function build(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/builder?symbol=SPY`)
  await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
  await page.getByRole('button', { name: 'Review and send' }).click()
  const ticket = page.getByRole('complementary', { name: 'Ticket' })
  await ticket.getByRole('button', { name: 'Use the natural' }).click()
  await ticket.getByRole('button', { name: /^Sell 1 iron condor/ }).click()
  await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()
  await page.keyboard.press('Escape')
}

async function residentMib(page: Page): Promise<number> {
  const text = await page.evaluate(async () => (await fetch('/metrics')).text())
  return Number(/resident_bytes (\d+)/.exec(text)?.[1]) / 2 ** 20
}

test(`the whole desk for ${MINUTES} minutes`, async ({ browser }) => {
  const server = await startServer()
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 } })
  const first = await context.newPage()
  await firstRun(first, server)
  await build(first, server)
  await first.close()

  const desk = await opened(context, server, '/desk?symbol=SPY')
  const more = desk.page.getByRole('group', { name: 'Panels to add' }).getByRole('button')
  while (await more.count()) await more.first().click()
  const chain = await opened(context, server, '/chain?symbol=SPX&expiry=all')
  const walk = await opened(context, server, '/desk?symbol=SPX')
  const pages = [desk, chain, walk]
  const rows: Row[] = []
  let ownBefore = 0
  console.log('  minute   heap, MiB: desk  chain   walk   nodes:  desk  chain   walk   missed   server, MiB')
  const start = Date.now()
  for (let minute = 0; minute <= MINUTES; minute++) {
    await walk.page.bringToFront()
    // What is left of the minute when it has been measured.
    if (minute > 0) await walkUntil(walk.page, start + minute * 60_000 - 12_000)
    await go(walk.page, '/desk?symbol=SPX')
    await walk.page.waitForTimeout(5000)
    const all = []
    for (const { page, cdp } of pages) {
      await page.bringToFront()
      await page.waitForTimeout(1500)
      all.push({ ...(await held(cdp)), dropped: (await seen(page)).dropped })
      await page.evaluate(() => window.bars.clear())
    }
    const row: Row = {
      minute,
      heap: all.map((a) => a.heap / 2 ** 20),
      nodes: all.map((a) => a.nodes),
      dropped: all.reduce((sum, a) => sum + a.dropped, 0),
      server: await residentMib(desk.page),
    }
    rows.push(row)
    if (minute === WARM) ownBefore = await owned(walk.cdp)
    const figures = [...row.heap.map((h) => h.toFixed(1).padStart(7)), '        ', ...row.nodes.map((n) => String(n).padStart(7))]
    console.log(`  ${String(minute).padStart(6)}         ${figures.join('')} ${String(row.dropped).padStart(8)} ${row.server.toFixed(1).padStart(13)}`)
  }
  const grown = (of: (row: Row) => number) => {
    // The mean of three samples at each end: one says little of a heap.
    const mean = (some: Row[]) => some.reduce((sum, row) => sum + of(row), 0) / some.length
    const [from, to] = [mean(rows.slice(WARM, WARM + 3)), mean(rows.slice(-3))]
    return { from, to, share: (100 * (to - from)) / from }
  }
  console.log(`growth from minute ${WARM} to minute ${MINUTES}`)
  const told = (what: string, of: (row: Row) => number, unit: string, wanted: string) => {
    const { from, to, share } = grown(of)
    say(what, `${from.toFixed(1)} to ${to.toFixed(1)}${unit}, ${share >= 0 ? '+' : ''}${share.toFixed(1)} %`, wanted)
    return share
  }
  const heaps = ['desk', 'chain'].map((name, i) => told(`heap: ${name}`, (row) => row.heap[i] ?? 0, ' MiB', '< 10 %'))
  told('heap: walk through all screens, compiled code with it', (row) => row.heap[2] ?? 0, ' MiB', '')
  const ownAfter = await owned(walk.cdp)
  const ownGrowth = (100 * (ownAfter - ownBefore)) / ownBefore
  say('heap: walk, the page’s own', `${(ownBefore / 2 ** 20).toFixed(2)} to ${(ownAfter / 2 ** 20).toFixed(2)} MiB, ${ownGrowth >= 0 ? '+' : ''}${ownGrowth.toFixed(1)} %`, '< 10 %')
  const nodes = ['desk', 'chain', 'walk through all screens'].map((name, i) => told(`nodes: ${name}`, (row) => row.nodes[i] ?? 0, '', 'flat'))
  told('server', (row) => row.server, ' MiB', 'flat')
  say('frames of the streams missed', String(rows.at(-1)?.dropped), '0')
  await context.close()
  await server.remove()
  expect(rows.at(-1)?.dropped).toBe(0)
  expect(Math.max(...heaps, ownGrowth)).toBeLessThan(10)
  expect(Math.max(...nodes)).toBeLessThan(10)
})
