import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn } from './desk'
import { startServer, type Server } from './server'

/* Charts: symbols beside each other, bars as they came, keys. Against a server with chains of a quarter, and bars of a year before it. */
const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')
const store = mkdtempSync(join(tmpdir(), 'ironfly-store-'))
let server: Server

test.beforeAll(async ({ browser }) => {
  execFileSync(program, ['data', 'simulate', '--store', store, '--symbols', 'SPY,QQQ,IWM', '--from', '2024-01-02', '--to', '2024-03-28', '--seed', '7'], { stdio: 'ignore' })
  server = await startServer(['--store', store, '--speed', '5'])
  const page = await browser.newPage()
  await firstRun(page, server)
  await page.close()
})
test.afterAll(async () => {
  await server.remove()
  rmSync(store, { recursive: true, force: true })
})

async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.SCREENS) return
  const folder = resolve('test-results/charts')
  mkdirSync(folder, { recursive: true })
  for (const theme of ['dark', 'light'] as const) {
    await page.evaluate((to) => {
      document.documentElement.dataset.theme = to
      window.dispatchEvent(new Event('ironfly:theme'))
    }, theme)
    for (const [width, height] of [[1440, 900], [390, 844]] as const) {
      await page.setViewportSize({ width, height })
      await page.waitForTimeout(500)
      await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png` })
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

const chart = (page: Page) => page.getByRole('region', { name: /^Chart/ })
const summary = (page: Page) => page.getByRole('group', { name: /^SPY, / }).locator('p').first()

test('symbols are laid over each other by key, told apart, and taken away', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/charts?symbol=SPY&interval=day')
  await expect(page.getByRole('group', { name: 'SPY, 1D' })).toBeVisible()
  await chart(page).focus()
  await page.keyboard.press('+')
  await page.getByRole('textbox', { name: 'Compare with' }).fill('Q')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/compare=QQQ/)
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('IWM')
  const legend = page.getByRole('group', { name: 'Compared' })
  await expect(legend.getByRole('listitem')).toHaveText([/^SPY[+−]?\d+\.\d\d%/, /^QQQ[+−]?\d+\.\d\d%/, /^IWM[+−]?\d+\.\d\d%/])
  await expect(summary(page)).toContainText(/Since the first bar in view: SPY [+−]?\d+\.\d\d%, QQQ/)
  await expectAccessible(page, false)
  await picture(page, 'compare')

  // The table has the same, counted from its first row.
  await page.getByRole('button', { name: 'As table' }).click()
  await expect(page.getByRole('columnheader', { name: /QQQ %/ })).toBeVisible()
  await expect(page.getByRole('row').last().getByRole('cell', { name: '0.00%' })).toHaveCount(3)
  await page.getByRole('button', { name: 'As chart' }).click()

  await chart(page).focus()
  await page.keyboard.press('-')
  await expect(page).toHaveURL(/compare=QQQ$|compare=QQQ&/)
  await legend.getByRole('button', { name: 'No more QQQ' }).click()
  await expect(legend).toBeHidden()
  await expect(page).not.toHaveURL(/compare/)
  expect(bad).toEqual([])
})

test('what has no bar says so; digits are intervals and letters symbols', async ({ page }) => {
  await logIn(page, server, '/charts?symbol=SPY&compare=XYZ')
  await expect(page.getByRole('group', { name: 'Compared' }).getByText('no bars here')).toBeVisible()
  await chart(page).focus()
  await page.keyboard.type('15')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/interval=900/)
  await chart(page).focus()
  await page.keyboard.type('1d')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/interval=day/)
  await chart(page).focus()
  await page.keyboard.type('77')
  await expect(page.getByText('No interval is called 77')).toBeVisible()
  await page.keyboard.press('Escape')
  await chart(page).focus()
  await page.keyboard.type('iw')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/symbol=IWM/)
})

test('a replay goes bar by bar, is in the address, plays to its end, and leads back to live', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/charts?symbol=SPY&interval=day&compare=QQQ&with=sma20,rsi,macd,vol,move&marks=2024-02-15T16:00:00:in,2024-03-01T16:00:00:out')
  await expect(summary(page)).toContainText('321 bars')
  await expect(summary(page)).toContainText('2 marks, the last closed')
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  const controls = page.getByRole('region', { name: 'Replay' })
  await expect(controls.getByText('REPLAY, not live')).toBeVisible()
  await expect(page).toHaveURL(/replay=2023-1\d-\d\d/)
  await page.goto(`${page.url().replace(/replay=[^&]*/, 'replay=2024-02-15')}`)
  await expect(controls.getByRole('status')).toContainText('Thu 15 Feb 24, end of day')
  await expect(summary(page)).toContainText('292 bars')
  await expect(summary(page)).toContainText('1 mark: opened')
  await expectAccessible(page, false)
  await picture(page, 'replay')

  await chart(page).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(summary(page)).toContainText('291 bars')
  await expect(summary(page)).not.toContainText('opened')
  await expect(page).toHaveURL(/replay=2024-02-14/)
  await page.keyboard.press('ArrowRight')
  await expect(summary(page)).toContainText('292 bars')
  await controls.getByLabel('Day', { exact: true }).fill('2024-01-31')
  await expect(summary(page)).toContainText('281 bars')
  await page.getByRole('button', { name: 'As table' }).click()
  await expect(page.getByRole('row').nth(1)).toContainText('2024-01-31')
  await page.getByRole('button', { name: 'As chart' }).click()
  // By the hour a day is not over before its close.
  await page.goto(page.url().replace(/replay=[^&]*/, 'replay=2024-01-31T15:59:59'))
  await expect(summary(page)).toContainText('280 bars')

  await controls.getByLabel('Position').fill('318')
  await expect(summary(page)).toContainText('318 bars')
  await controls.getByLabel('Speed').selectOption('10')
  await chart(page).focus()
  await page.keyboard.press('Space')
  await expect(summary(page)).toContainText('321 bars')
  await expect(controls.getByRole('button', { name: 'Play' })).toHaveAttribute('aria-disabled', 'true')
  await expect(page).toHaveURL(/replay=2024-03-28/)

  // The chain as it was then.
  await controls.getByRole('button', { name: 'Chain then' }).click()
  await expect(page.getByText(/^stored 2024-03-28/)).toBeVisible()
  await page.goBack()
  await controls.getByRole('button', { name: 'Back to live' }).click()
  await expect(controls).toBeHidden()
  await expect(page).not.toHaveURL(/replay/)
  expect(bad).toEqual([])
})

test('the desk’s own day is replayed too, and what its market does meanwhile is not seen', async ({ page }) => {
  await logIn(page, server, '/charts?symbol=SPY&interval=5&with=sma20,move')
  await expect(summary(page)).toContainText(/^([2-9]|\d\d+) bars/)
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  const controls = page.getByRole('region', { name: 'Replay' })
  await expect(controls.getByRole('status')).toContainText('No expected move: no chain of this moment is stored')
  const then = await summary(page).innerText()
  const most = Number(await controls.getByLabel('Position').getAttribute('max'))
  // Its bars are asked for every 20 seconds: there are more to step to, and none of them is shown.
  await expect.poll(async () => Number(await controls.getByLabel('Position').getAttribute('max'))).toBeGreaterThan(most)
  expect(await summary(page).innerText()).toBe(then)
  await expect(controls.getByRole('button', { name: 'Chain then' })).toHaveAttribute('aria-disabled', 'true')
})

test('a day without snapshots within it says so', async ({ page }) => {
  await logIn(page, server, '/charts?symbol=SPY&interval=60&replay=2024-02-17T12:00:00')
  await expect(page.getByText('No bars of SPY on 2024-02-17')).toBeVisible()
  await page.getByRole('region', { name: 'Replay' }).getByLabel('Date and time, New York').fill('2024-02-16T09:40:00')
  await expect(page.getByText('No bar was whole by then')).toBeVisible()
})

test('minutes of a stored day are replayed, with the move that its chain expected then', async ({ page }) => {
  const bad = complaints(page)
  const minutes = mkdtempSync(join(tmpdir(), 'ironfly-store-'))
  execFileSync(program, ['data', 'simulate', '--store', minutes, '--symbols', 'SPY,QQQ', '--from', '2024-02-15', '--to', '2024-02-16', '--grid', '1m', '--minutes', '60', '--seed', '7'], { stdio: 'ignore' })
  const other = await startServer(['--store', minutes])
  try {
    await firstRun(page, other)
    // QQQ was halted for some minutes: its line has a hole there.
    await page.route(/QQQ\/intraday/, async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { items: unknown[] }
      await route.fulfill({ response: answer, json: { ...body, items: body.items.filter((_, i) => i < 20 || i >= 28) } })
    })
    await page.goto(`${other.url}/charts?symbol=SPY&interval=60&compare=QQQ&with=sma20,move,rsi&replay=2024-02-15T10:20:00`)
    await expect(summary(page)).toContainText('49 bars')
    await expect(page.getByRole('region', { name: 'Replay' }).getByRole('status')).toHaveText('As it stood Thu 15 Feb 24, 10:20:00 ET: nothing later is shown')
    await expect(page.getByRole('group', { name: 'Compared' }).getByRole('listitem')).toHaveText([/^SPY[+−]?\d/, /^QQQ[+−]?\d/])
    await picture(page, 'minutes')
    await chart(page).focus()
    await page.keyboard.press('ArrowRight')
    await expect(summary(page)).toContainText('50 bars')
    await expect(page).toHaveURL(/replay=2024-02-15T10%3A21%3A00/)
  } finally {
    await other.remove()
    rmSync(minutes, { recursive: true, force: true })
  }
  expect(bad).toEqual([])
})

test('over how many bars an indicator goes is set beside it, and kept in the address', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/charts?symbol=SPY&interval=day')
  const length = page.getByRole('spinbutton', { name: 'Length of SMA, bars' })
  await expect(length).toHaveValue('20')
  await length.fill('50')
  await length.press('Enter')
  await expect(page).toHaveURL(/with=sma50(&|$)/)
  await page.getByRole('button', { name: 'RSI', exact: true }).click()
  await page.getByRole('spinbutton', { name: 'Length of RSI, bars' }).press('ArrowUp')
  await expect(page).toHaveURL(/with=sma50%2Crsi15(&|$)/)
  await page.reload()
  await expect(length).toHaveValue('50')
  await page.getByRole('button', { name: 'SMA', exact: true }).click()
  await expect(length).toHaveCount(0)
  await expect(page).toHaveURL(/with=rsi15(&|$)/)
  await expectAccessible(page, false)
  expect(bad).toEqual([])
})
