import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn, sellBullPut, SYMBOL } from './desk'
import { startServer, type Server } from './server'

/* Margin point by point, correlations and their breaks, groups by account: what somebody reads before the next order. */
let server: Server

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(() => server.remove())

const dollars = (text: string) => Number(text.replaceAll(/[^\d.−]/g, '').replace('−', '-'))

test('the margin of what is held stands point by point, and an order in the sandbox beside it', async ({ page }) => {
  const bad = complaints(page)
  await firstRun(page, server)
  await page.goto(`${server.url}/positions`)
  await expect(page.getByText('Nothing is held, so there is nothing to lose')).toBeVisible()
  await sellBullPut(page, server, 1)
  await page.goto(`${server.url}/positions`)
  const grid = page.getByRole('table', { name: 'Profit or loss at each point of portfolio margin' })
  const counts = grid.getByRole('row', { name: new RegExp(`^${SYMBOL} · high-cap`) })
  // Ten points, the minimum, what is required: a bull put loses most where the market falls furthest.
  await expect(counts.getByRole('cell')).toHaveCount(12)
  await expect(counts.getByRole('cell').first()).toContainText('the worst')
  const worst = dollars(await counts.getByRole('cell').first().innerText())
  expect(dollars(await counts.getByRole('cell').last().innerText())).toBeCloseTo(-worst, -1)
  await expect(page.getByText(/^Portfolio margin asks \$[\d,]+, Regulation T \$[\d,]+\. high-cap asks the most/)).toBeVisible()
  await page.getByRole('button', { name: 'A position turned round' }).click()
  await page.getByRole('menuitem').first().click()
  await expect(page.getByText('With this order nothing is held: no margin is asked.')).toBeVisible()
  expect(bad).toEqual([])
})

test('positions are put together by account', async ({ page }) => {
  await logIn(page, server, '/positions?by=account')
  const table = page.getByRole('table', { name: 'Positions' })
  await expect(table.getByRole('row')).toHaveCount(2)
  await expect(table.getByRole('cell', { name: 'paper' })).toBeVisible()
  await expect(table.getByText('1 position')).toBeVisible()
})

test('correlations say what is missing, and with days in the store which pairs have changed', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/positions')
  const panel = page.getByRole('region', { name: 'Correlations and breaks' })
  await expect(panel.getByText(/Too few days for a score, which takes 81 closes/)).toBeVisible()
  await expect(panel.getByText('No pair has a score yet.')).toBeVisible()
  const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')
  execFileSync(program, ['data', 'simulate', '--store', join(server.data, 'store'), '--symbols', 'SPY,QQQ,IWM', '--from', '2024-08-01', '--to', '2024-12-31', '--seed', '3'], { stdio: 'ignore' })
  await page.reload()
  await expect(panel.getByText(/^(Of \d+ pairs none has|\d+ of \d+ pairs ha(s|ve)) changed by more than 3 standard errors/)).toBeVisible()
  const map = panel.getByRole('table', { name: /^Correlation map/ })
  const cell = map.getByTitle(/^(SPY QQQ|QQQ SPY) · z/).first()
  await expect(cell).toHaveText(/^0\.\d\d/)
  await panel.getByRole('button', { name: 'Show as table' }).click()
  const pair = panel.getByRole('link', { name: /^Chart of SPY against QQQ|^Chart of QQQ against SPY/ })
  await expect(pair).toBeVisible()
  await pair.click()
  await expect(page).toHaveURL(/\/charts\?symbol=(SPY&compare=QQQ|QQQ&compare=SPY)&interval=day/)
  expect(bad).toEqual([])
})

test('all of it is for everybody: two themes, three widths', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, `/positions?symbol=${SYMBOL}&beyond=2`)
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expect(page.getByRole('table', { name: /^Correlation map/ })).toBeVisible()
    await expect(page.getByRole('rowheader', { name: `${SYMBOL} · high-cap` })).toBeVisible()
    for (const theme of ['dark', 'light'] as const) {
      await page.evaluate((to) => {
        document.documentElement.dataset.theme = to
        window.dispatchEvent(new Event('ironfly:theme'))
      }, theme)
      await expectAccessible(page, theme === 'light')
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${width} wide`).toBeLessThanOrEqual(0)
    }
  }
  expect(bad).toEqual([])
})
