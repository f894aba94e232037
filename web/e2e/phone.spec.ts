import { expect, test } from '@playwright/test'
import { firstRun, logIn, SYMBOL } from './desk'
import { startServer, type Server } from './server'

let server: Server

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(() => server.remove())

test('by touch on a phone: stage a vertical in the chain, see the verdict, send it', async ({ page }) => {
  await firstRun(page, server)
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Chain' }).tap()
  await page.getByLabel('Underlying').selectOption(SYMBOL)
  const grid = page.getByRole('grid')
  await expect(grid.locator('.chain-atm .chain-bid')).not.toHaveText('')
  // Nothing sticks out to the side.
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  const rows = grid.locator('.chain-row')
  const atm = grid.locator('.chain-atm')
  const at = Number(await atm.getAttribute('aria-rowindex'))
  await grid.locator(`[aria-rowindex="${at - 4}"] .chain-bid`).tap()
  await grid.locator(`[aria-rowindex="${at - 8}"] .chain-ask`).tap()
  await expect(rows.locator('.chain-staged')).toHaveCount(2)
  await page.getByRole('button', { name: 'Ticket: 2 legs' }).tap()
  const ticket = page.getByRole('dialog', { name: 'Ticket' })
  // It covers the screen, so it says itself whose money it is, in words and by its frame.
  await expect(ticket.getByText('PAPER', { exact: true })).toBeInViewport()
  expect(await ticket.evaluate((dialog) => [...dialog.querySelectorAll('[aria-hidden=true]')].some((e) => e.clientWidth + 4 >= dialog.clientWidth && getComputedStyle(e).borderTopWidth === '2px'))).toBe(true)
  await ticket.getByRole('button', { name: 'Use the natural' }).tap()
  await ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ }).tap()
  await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()

  // The ticket lies over Orders, so the way there takes it away.
  await ticket.getByRole('button', { name: 'See it in Orders' }).tap()
  await page.getByRole('tab', { name: 'Fills' }).tap()
  const fills = page.getByRole('table', { name: 'Fills' }).getByRole('row').filter({ hasText: /SPY \d+ \w+ [\d.]+ put/ })
  await expect(fills).toHaveCount(2)
  await expect(fills.first().getByRole('cell')).toHaveText([/put/, /^[+−]1$/, /^\d+\.\d\d$/])
  // What an order is has the room: its price stands under it.
  await page.getByRole('tab', { name: 'All' }).tap()
  const table = page.getByRole('table', { name: 'Orders' })
  await expect(table.getByRole('row').filter({ hasText: SYMBOL }).first().getByRole('cell').nth(1)).toContainText(/\d\.\d\d credit/)
  await expect(table.getByRole('columnheader', { name: 'Limit' })).toHaveCount(0)

  // And what is at work stands under the name of a position, which is no column of single words.
  await page.goto(`${server.url}/positions`)
  const row = page.getByRole('table', { name: 'Positions' }).getByRole('row').filter({ hasText: SYMBOL })
  await row.getByRole('button', { name: 'Exit…' }).tap()
  await page.getByRole('dialog').getByRole('button', { name: 'Send target and stop' }).tap()
  await expect(row.getByText('2 orders at work')).toBeVisible()
  const [name, badge] = [row.getByText(/^SPY .* vertical/), row.getByText('2 orders at work')]
  expect((await name.boundingBox())?.width).toBeGreaterThan(110)
  expect((await badge.boundingBox())?.y).toBeGreaterThan((await name.boundingBox())?.y ?? Infinity)
})

test('by touch on a phone: find a symbol, build a condor, see the verdict, send it, see it fill and move, close it', async ({ page }) => {
  await logIn(page, server)
  await page.getByRole('button', { name: 'Find' }).tap()
  await page.getByRole('combobox', { name: 'Find' }).fill('QQQ')
  await page.getByRole('listbox').getByRole('option', { name: /QQQ/ }).first().tap()
  await expect(page).toHaveURL(/symbol=QQQ/)
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Builder' }).tap()
  await page.getByRole('button', { name: 'Iron condor', exact: true }).tap()
  const shortPut = page.getByRole('slider', { name: /^− put/ })
  const before = Number(await shortPut.getAttribute('aria-valuenow'))
  // What is dragged by a mouse has its buttons.
  await page.getByRole('button', { name: /put −$/ }).nth(1).tap()
  await expect.poll(async () => Number(await shortPut.getAttribute('aria-valuenow'))).toBeLessThan(before)

  await page.getByRole('button', { name: 'Review and send' }).tap()
  const ticket = page.getByRole('dialog', { name: 'Ticket' })
  await expect(ticket.getByText('Every gate lets it through')).toBeVisible()
  await ticket.getByRole('button', { name: 'Use the natural' }).tap()
  await ticket.getByRole('button', { name: /^Sell 1 iron condor, credit ≥ [\d.]+, max loss/ }).tap()
  await expect(ticket.getByText('Sent. The desk has it: filled')).toBeVisible()
  await ticket.getByRole('button', { name: 'Close', exact: true }).tap()

  await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'More' }).tap()
  await page.getByRole('menuitem', { name: 'Positions' }).tap()
  const row = page.getByRole('table', { name: 'Positions' }).getByRole('row').filter({ hasText: 'QQQ' })
  await expect(row).toHaveCount(1)
  const value = row.getByRole('cell').nth(2)
  const first = await value.innerText()
  await expect.poll(() => value.innerText()).not.toBe(first)
  await row.getByRole('button', { name: 'Close', exact: true }).tap()
  await expect(page.getByRole('dialog').getByText('Every gate lets it through')).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: /^Close QQQ/ }).tap()
  await expect(row).toHaveCount(0)
})
