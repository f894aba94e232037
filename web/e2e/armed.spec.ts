import { expect, test } from '@playwright/test'
import { complaints, firstRun } from './desk'
import { startServer, type Server } from './server'

let server: Server

test.beforeAll(async () => {
  // Half a minute of the market in a second: what a strategy waits for comes soon.
  server = await startServer(['--symbols', 'SPX', '--speed', '30'])
})
test.afterAll(() => server.remove())

test('a strategy that is armed trades: its order, its fill, its position and its profit', async ({ page }) => {
  const bad = complaints(page)
  await firstRun(page, server)
  await page.goto(`${server.url}/strategies`)
  await page.getByRole('button', { name: /^SPX iron butterfly, same day/ }).click()
  // So narrow that the desk's limits let it through.
  await page.getByLabel('wing').fill('10')
  await page.getByRole('button', { name: 'Arm on paper' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Arm on paper' }).click()
  const row = page.getByRole('table', { name: 'On the desk' }).last().getByRole('row').filter({ hasText: 'SPX iron butterfly' })
  await expect(row.getByText('armed', { exact: true })).toBeVisible()
  // It enters by itself.
  await expect(row.getByText('1 open')).toBeVisible({ timeout: 60_000 })

  await page.goto(`${server.url}/orders?tab=all`)
  const order = page.getByRole('table', { name: 'Orders' }).getByRole('row').filter({ hasText: 'iron butterfly' }).last()
  await expect(order.getByRole('cell', { name: 'filled', exact: true })).toBeVisible()
  await expect(order).toContainText('strategy')

  await page.goto(`${server.url}/positions`)
  const held = page.getByRole('table', { name: 'Positions' }).getByRole('row').filter({ hasText: 'SPX iron butterfly, same day' })
  await expect(held).toHaveCount(1)
  const value = held.getByRole('cell').nth(2)
  const first = await value.innerText()
  expect(first).toMatch(/\$/)
  await expect.poll(() => value.innerText()).not.toBe(first)

  await page.goto(`${server.url}/strategies`)
  await page.route('**/disarm', (route) => route.abort())
  await page.getByRole('table', { name: 'On the desk' }).last().getByRole('button', { name: 'Disarm' }).click()
  // It may go on trading, so this is no news that goes by itself.
  const problem = page.getByRole('alert').filter({ hasText: 'was not disarmed' })
  await expect(problem.getByText('Code no_connection')).toBeVisible()
  await page.unroute('**/disarm')
  await problem.getByRole('button', { name: 'Try again' }).click()
  await expect(problem).toBeHidden()
  await expect(page.getByText('disarmed', { exact: true }).last()).toBeVisible()
  expect(bad).toEqual([])
})
