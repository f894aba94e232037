import { expect, test } from '@playwright/test'
import { firstRun, SYMBOL } from './desk'
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
  await ticket.getByRole('button', { name: 'Use the natural' }).tap()
  await ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ }).tap()
  await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()
})
