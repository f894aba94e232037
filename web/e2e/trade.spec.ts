import { expect, test, type Page } from '@playwright/test'
import { complaints, firstRun, logIn, SYMBOL } from './desk'
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

/** Build an iron condor on SPX and send it at its natural price: it fills at once. */
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
  const value = row.getByRole('cell').nth(4)
  const first = await value.innerText()
  await expect.poll(() => value.innerText(), { timeout: 30_000 }).not.toBe(first)

  await tabTo(page, row.getByRole('button', { name: 'Close', exact: true }), 200)
  await page.keyboard.press('Enter')
  await expect(row.getByRole('button', { name: 'Close now?' })).toBeVisible()
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

test('a cut wire is told and counted, and what comes after it is whole', async ({ page }) => {
  const wire = await startWire(server.port)
  await page.goto(`${wire.url}/chain?symbol=${SYMBOL}`)
  await page.getByLabel('Name').fill('admin')
  await page.getByLabel('Password').fill('a long enough password 7')
  await page.getByRole('button', { name: 'Log in' }).click()
  const grid = page.getByRole('grid')
  await expect(grid.locator('.chain-bid').first()).not.toHaveText('')
  wire.cut()
  await expect(page.getByRole('alert')).toContainText('No connection for')
  await expect(grid.locator('.stale').first()).toBeVisible()
  await page.waitForTimeout(1500)
  wire.mend()
  await expect(page.getByRole('alert')).toBeHidden()
  await expect(grid.locator('.stale')).toHaveCount(0)

  // What is on the screen is what the server says, row by row.
  const wrong = await page.evaluate(async () => {
    const answer = (await (await fetch('/api/v1/account')).json()) as { items: { equity_micros: number }[] }
    return answer.items.length
  })
  expect(wrong).toBe(1)
  wire.close()
})

test('a server that is killed comes back with every order, and the page goes on by itself', async ({ page }) => {
  await logIn(page, server, '/orders?tab=all')
  const rows = page.getByRole('table', { name: 'Orders' }).getByRole('row')
  await expect(filled(page)).toHaveCount(3)
  const before = await rows.count()
  await server.kill('SIGKILL')
  await expect(page.getByText('No connection for')).toBeVisible()
  await server.again()
  await expect(page.getByText('No connection for')).toBeHidden({ timeout: 40_000 })
  await page.reload()
  await expect(rows).toHaveCount(before)
  await page.goto(`${server.url}/desk`)
  await expect(positions(page).getByRole('row').filter({ hasText: SYMBOL })).toHaveCount(1)
})
