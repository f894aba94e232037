/* What the tests do over and over: come in, and watch what the page complains about. */
import { expect, type Locator, type Page } from '@playwright/test'
import type { Server } from './server'

/** What is traded in the tests. */
export const SYMBOL = 'SPY'
export const LOGIN = 'admin'
export const PASSWORD = 'a long enough password 7'

/** Complaints of the page: errors on the console, among them what the Content-Security-Policy stopped. */
export function complaints(page: Page): string[] {
  const found: string[] = []
  page.on('console', (message) => {
    // A refused request is told by the page itself; the browser's own line about it is no complaint.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) found.push(message.text())
  })
  page.on('pageerror', (error) => found.push(String(error)))
  return found
}

export async function firstRun(page: Page, server: Server): Promise<void> {
  await page.goto(server.url + server.setup)
  await page.getByLabel('Name').fill(LOGIN)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make account and go to the desk' }).click()
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
}

export async function logIn(page: Page, server: Server, path = '/desk'): Promise<void> {
  await page.goto(server.url + path)
  await page.getByLabel('Name').fill(LOGIN)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
}

/** A bull put in the ticket, to be sold for so many times what the market gives at once: 1 fills, more waits. */
export async function stageBullPut(page: Page, server: Server, times: number): Promise<Locator> {
  await page.goto(`${server.url}/builder?symbol=${SYMBOL}`)
  await page.getByRole('button', { name: 'Bull put', exact: true }).click()
  await page.getByRole('button', { name: 'Review and send' }).click()
  const ticket = page.getByRole('complementary', { name: 'Ticket' })
  const natural = ticket.getByRole('button', { name: 'Use the natural' })
  if (times === 1) await natural.click()
  else {
    const price = Number((await natural.innerText()).replace(/[^\d.]/g, ''))
    await ticket.getByLabel(/^Limit/).fill((price * times).toFixed(2))
    await ticket.getByLabel(/^Limit/).press('Enter')
  }
  return ticket
}

/** And sent. */
export async function sellBullPut(page: Page, server: Server, times: number): Promise<void> {
  const ticket = await stageBullPut(page, server, times)
  await ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ }).click()
  await expect(ticket.getByText(times === 1 ? /Sent\. The desk has it/ : /Sent\. The desk has it: working/)).toBeVisible()
  await page.keyboard.press('Escape')
}
