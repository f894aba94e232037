/* What the tests do over and over: come in, and watch what the page complains about. */
import { expect, type Page } from '@playwright/test'
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
