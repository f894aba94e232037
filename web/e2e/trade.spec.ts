import { expect, test, type Page } from '@playwright/test'
import { complaints, firstRun, LOGIN, logIn, PASSWORD, SYMBOL, sellBullPut } from './desk'
import { tabTo } from './keys'
import { startWire } from './proxy'
import { startServer, type Server } from './server'

let server: Server

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(() => server.remove())

const filled = (page: Page) => page.getByRole('table', { name: 'Orders' }).getByRole('row').filter({ has: page.getByRole('cell', { name: 'filled', exact: true }) })
const positions = (page: Page) => page.getByRole('region', { name: 'Positions' })

/** Build an iron condor and send it at its natural price: it fills at once. */
async function sendCondor(page: Page): Promise<void> {
  await page.goto(`${server.url}/builder?symbol=${SYMBOL}`)
  await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
  await expect(page.getByRole('slider', { name: /put/ })).toHaveCount(2)
  await page.getByRole('button', { name: 'Review and send' }).click()
  const ticket = page.getByRole('complementary', { name: 'Ticket' })
  await ticket.getByRole('button', { name: 'Use the natural' }).click()
  await ticket.getByRole('button', { name: /^Sell 1 iron condor/ }).click()
  await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()
}

test('first run, then by keyboard alone: find a symbol, build a condor, preview, send, see it fill and move, close it', async ({ page }) => {
  // A hundred keys and more, one by one: a busy machine takes its time over each.
  test.setTimeout(400_000)
  const bad = complaints(page)
  await firstRun(page, server)

  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: 'Find' })).toBeFocused()
  await page.keyboard.type(SYMBOL)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`symbol=${SYMBOL}`))
  await page.keyboard.press('g')
  await page.keyboard.press('b')
  await expect(page).toHaveURL(/\/builder/)

  await tabTo(page, page.getByRole('button', { name: 'Iron condor', exact: true }))
  await page.keyboard.press('Enter')
  const shortPut = page.getByRole('slider', { name: /^− put/ })
  await expect(shortPut).toBeVisible()
  const before = Number(await shortPut.getAttribute('aria-valuenow'))
  await tabTo(page, shortPut)
  await page.keyboard.press('ArrowLeft')
  await expect.poll(async () => Number(await shortPut.getAttribute('aria-valuenow'))).toBeLessThan(before)

  await page.keyboard.press('Control+Enter')
  const ticket = page.getByRole('complementary', { name: 'Ticket' })
  await expect(ticket.getByText('Every gate lets it through')).toBeVisible()
  await tabTo(page, ticket.getByRole('button', { name: 'Use the natural' }))
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Enter')
  const send = ticket.getByRole('button', { name: /^Sell 1 iron condor, credit ≥ [\d.]+, max loss \$[\d,]+$/ })
  await expect(send).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(ticket.getByText('Sent. The desk has it: filled')).toBeVisible()
  await page.keyboard.press('Escape')

  await page.keyboard.press('g')
  await page.keyboard.press('d')
  const row = positions(page).getByRole('row').filter({ hasText: SYMBOL })
  await expect(row).toHaveCount(1)
  // Opened today: what it makes today is what it makes.
  await expect(row.getByRole('cell').nth(2)).toHaveText(/\$/)
  const value = row.getByRole('cell').nth(4)
  const first = await value.innerText()
  await expect.poll(() => value.innerText(), { timeout: 30_000 }).not.toBe(first)

  await tabTo(page, row.getByRole('button', { name: 'Close', exact: true }), 200)
  await page.keyboard.press('Enter')
  // The button that closes it has the focus, says what that costs, and is live once the desk has judged it.
  const close = page.getByRole('dialog').getByRole('button', { name: /^Close SPY .* iron condor .*: (pay|receive) about \$[\d,]+$/ })
  await expect(close).toBeFocused()
  await expect(close).not.toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByRole('dialog').getByText('Every gate lets it through')).toBeVisible()
  await expect(page.getByRole('dialog').getByText('PAPER', { exact: true })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Nothing is held')).toBeVisible({ timeout: 45_000 })
  expect(bad).toEqual([])
})

test('two browsers see the same fill', async ({ browser }) => {
  const one = await (await browser.newContext()).newPage()
  const two = await (await browser.newContext()).newPage()
  await logIn(one, server)
  await logIn(two, server, '/orders?tab=all')
  await sendCondor(one)
  await expect(filled(two)).toHaveCount(3)
  await two.goto(`${server.url}/desk`)
  await expect(positions(two).getByRole('row').filter({ hasText: SYMBOL })).toHaveCount(1)
  await one.context().close()
  await two.context().close()
})

/** Bid and ask of the put side as they stand in sight, by strike in micros. */
function shown(page: Page): Promise<Record<string, readonly [string, string]>> {
  return page.evaluate(() => {
    const rows: Record<string, readonly [string, string]> = {}
    for (const row of document.querySelectorAll('.chain-row')) {
      const strike = Number(row.querySelector('[role=rowheader]')?.textContent?.replaceAll(/[^\d. ]/g, '').trim())
      const text = (kind: string) => [...row.querySelectorAll(kind)].at(-1)?.textContent ?? ''
      if (strike) rows[String(strike * 1e6)] = [text('.chain-bid'), text('.chain-ask')]
    }
    return rows
  })
}

/** The same as the server says it. */
function served(page: Page, expiry: string): Promise<Record<string, readonly [string, string]>> {
  return page.evaluate(
    async ([symbol, expiry]) => {
      const chain = (await (await fetch(`/api/v1/chains/${symbol}?expiry=${expiry}`)).json()) as { strikes_micros: number[]; puts: { bid_micros: (number | null)[]; ask_micros: (number | null)[] } }
      const text = (micros: number | null | undefined) => (micros === null || micros === undefined ? '—' : (micros / 1e6).toFixed(2))
      return Object.fromEntries(chain.strikes_micros.map((strike, i) => [String(strike), [text(chain.puts.bid_micros[i]), text(chain.puts.ask_micros[i])] as const]))
    },
    [SYMBOL, expiry] as const,
  )
}

test('a cut wire is told and counted, and what comes after it is the server’s, number by number', async ({ page, browser }) => {
  const wire = await startWire(server.port)
  await page.goto(`${wire.url}/chain?symbol=${SYMBOL}`)
  await page.getByLabel('Name').fill(LOGIN)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  const grid = page.getByRole('grid')
  await expect(grid.locator('.chain-bid').first()).not.toHaveText('')
  const before = await shown(page)

  wire.cut()
  await expect(page.getByRole('alert')).toContainText('No connection for')
  const counted = await page.getByRole('alert').innerText()
  await expect(grid.locator('.stale').first()).toBeVisible()
  // What cannot be sent is not taken: the market goes on meanwhile, and somebody else trades on the same account.
  const other = await (await browser.newContext()).newPage()
  await logIn(other, server)
  await sendCondor(other)
  await other.context().close()
  await expect(page.getByRole('alert')).not.toHaveText(counted)
  // What stands there stands still, and is told to be old.
  const frozen = await shown(page)
  for (const [strike, figures] of Object.entries(frozen)) if (before[strike]) expect(figures, strike).toEqual(before[strike])
  wire.mend()
  await expect(page.getByRole('alert')).toBeHidden()
  await expect(grid.locator('.stale')).toHaveCount(0)

  // Every figure in sight is the server's: asked before and after it is read, as the market moves on.
  const { expiries } = (await page.evaluate(async (symbol) => (await fetch(`/api/v1/chains/${symbol}/expiries`)).json(), SYMBOL)) as { expiries: { expiry: string }[] }
  const expiry = expiries[0]?.expiry ?? ''
  const open = new Set(Object.keys(await shown(page)))
  expect(open.size).toBeGreaterThan(15)
  await expect
    .poll(async () => {
      const first = await served(page, expiry)
      await page.waitForTimeout(150)
      const seen = await shown(page)
      const then = await served(page, expiry)
      for (const strike of open) if (String(seen[strike]) === String(first[strike]) || String(seen[strike]) === String(then[strike])) open.delete(strike)
      return [...open]
    })
    .toEqual([])
  // What was traded meanwhile is held here too, by the same figures, and no frame is missing.
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Desk' }).click()
  const held = (await page.evaluate(async () => (await fetch('/api/v1/positions')).json())) as { items: { kind: string }[] }
  await expect(positions(page).getByRole('row').filter({ has: page.getByRole('button', { name: 'Close', exact: true }) })).toHaveCount(held.items.filter((p) => p.kind === 'trade').length)
  wire.close()
})

interface Kept {
  id: number
  state: string
  text: string
  filled: number
  limit_micros: number | null
}

/** Every order as the server has it. */
function orders(page: Page): Promise<Kept[]> {
  return page.evaluate(async () => {
    const { items } = (await (await fetch('/api/v1/orders?limit=200')).json()) as { items: Kept[] }
    return items.map(({ id, state, text, filled, limit_micros }) => ({ id, state, text, filled, limit_micros })).toSorted((a, b) => a.id - b.id)
  })
}

test('a server that is killed comes back with every order, one that waits among them, and the page goes on by itself', async ({ page }) => {
  await logIn(page, server)
  await sellBullPut(page, server, 1.6)

  await page.goto(`${server.url}/orders?tab=all`)
  const rows = page.getByRole('table', { name: 'Orders' }).getByRole('row')
  const waiting = rows.filter({ hasText: 'vertical' }).filter({ has: page.getByRole('cell', { name: 'working', exact: true }) })
  await expect(waiting).toHaveCount(1)
  const before = await orders(page)
  expect(before.filter((o) => o.state === 'filled').length).toBeGreaterThanOrEqual(3)
  await expect(rows).toHaveCount(before.length + 1)
  await server.kill('SIGKILL')
  await expect(page.getByText('No connection for')).toBeVisible()
  await server.again()
  await expect(page.getByText('No connection for')).toBeHidden({ timeout: 40_000 })
  await expect.poll(() => page.evaluate(async () => ((await (await fetch('/api/v1/desk')).json()) as { state: string }).state)).toBe('normal')
  const after = await orders(page)
  // Every one, as it was; what waited may have filled between the two looks.
  expect(after.map(({ id, text, limit_micros }) => ({ id, text, limit_micros }))).toEqual(before.map(({ id, text, limit_micros }) => ({ id, text, limit_micros })))
  for (const [i, was] of before.entries()) if (was.state !== 'working') expect(after[i]).toEqual(was)
  await expect(rows).toHaveCount(before.length + 1)
  await expect(waiting).toHaveCount(1)

  // It still waits, and can be taken back; what was held is held.
  await page.getByRole('tab', { name: /^Working/ }).click()
  await page.getByRole('table', { name: 'Working' }).getByRole('row').filter({ hasText: 'vertical' }).getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText(/^Asked to cancel/)).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'vertical' })).toHaveCount(0)
  await page.goto(`${server.url}/desk`)
  await expect(positions(page).getByRole('row').filter({ hasText: SYMBOL }).first()).toBeVisible()
})

test('by keyboard alone everything is flattened: the dialog wants its word', async ({ page }) => {
  await logIn(page, server)
  await expect(positions(page).getByRole('row').filter({ hasText: SYMBOL }).first()).toBeVisible()
  await page.keyboard.press('Alt+Shift+F')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Type FLATTEN')).toBeFocused()
  await expect(dialog.getByRole('button', { name: 'Flatten', exact: true }).last()).toBeDisabled()
  await page.keyboard.type('flat')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeVisible()
  await page.keyboard.type('ten')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Nothing is held')).toBeVisible({ timeout: 60_000 })
})
