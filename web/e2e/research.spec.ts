import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn } from './desk'
import { startServer, type Server } from './server'
import { totp } from './totp'

/* Backtests, strategies, volatility, positions, settings, system, audit: against a server with a quarter of a simulated year. */
const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')
const store = mkdtempSync(join(tmpdir(), 'ironfly-store-'))
let server: Server

test.beforeAll(async ({ browser }) => {
  execFileSync(program, ['data', 'simulate', '--store', store, '--symbols', 'SPX,SPY', '--from', '2024-01-02', '--to', '2024-03-28', '--seed', '7'], { stdio: 'ignore' })
  server = await startServer(['--store', store])
  const page = await browser.newPage()
  await firstRun(page, server)
  await page.close()
})
test.afterAll(async () => {
  await server.remove()
  rmSync(store, { recursive: true, force: true })
})

async function runOne(page: Page, short: string): Promise<void> {
  await page.getByLabel('Strategy', { exact: true }).selectOption('c:iron_condor')
  await page.getByLabel('short delta').fill(short)
  await page.getByLabel('short delta').press('Tab')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
}

test('a backtest goes from its form to its report, and beside another', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/backtests')
  await expect(page.getByText('No backtest yet')).toBeVisible()
  await page.getByRole('button', { name: 'New backtest' }).first().click()
  await expect(page.getByText('Stored: 2024-01-02 to 2024-03-28')).toBeVisible()
  await runOne(page, '0.16')
  const runs = page.getByRole('button', { name: /iron condor.*trade/ })
  await expect(runs).toHaveCount(1, { timeout: 30_000 })
  await runs.first().click()
  // In this order, always.
  await expect(page.getByRole('article').getByRole('heading', { level: 2 })).toContainText(['Setup', 'Equity', 'Returns by month', 'Figures', 'How far to trust it', 'From the mids', 'How trades ended', 'Trades', 'Log'])
  await expect(page.getByRole('img', { name: /Equity from 2024-01-02 to 2024-03-28/ })).toBeVisible()

  await page.getByRole('button', { name: 'Show as table' }).click()
  await expect(page.getByRole('cell', { name: '2024-03-28' })).toBeVisible()
  await page.getByRole('region', { name: 'Trades', exact: true }).getByRole('row').nth(1).click()
  await expect(page.getByRole('dialog', { name: /^Trade \d+$/ }).getByRole('cell', { name: 'short put' })).toBeVisible()
  await page.keyboard.press('Escape')

  // On paper: all of it, with its titles, and nothing of the bars.
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('heading', { name: 'Returns by month' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Log', exact: true })).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeHidden()
  const log = await page.getByRole('region', { name: 'Log', exact: true }).evaluate((section) => ({ bottom: section.getBoundingClientRect().bottom, all: document.documentElement.scrollHeight, window: window.innerHeight }))
  expect(log.bottom).toBeGreaterThan(log.window)
  expect(log.all).toBeGreaterThanOrEqual(Math.floor(log.bottom))
  const paper = await page.pdf({ preferCSSPageSize: true })
  expect(paper.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1)
  await page.emulateMedia({ media: 'screen' })
  // And afterwards it is dark again.
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')

  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Trades (CSV)' }).click()
  expect((await download).suggestedFilename()).toMatch(/trades\.csv$/)

  // A trade is seen again: the chain as it was then, at which nothing can be ordered, and its days on the chart.
  await page.getByRole('region', { name: 'Trades', exact: true }).getByRole('row').nth(1).click()
  await page.getByRole('button', { name: 'Chain as it was opened' }).click()
  await expect(page.getByText(/^stored 2024-01-0/)).toBeVisible()
  await page.locator('.chain-atm .chain-bid').last().click()
  await expect(page.getByText('These quotes are of a stored day')).toBeVisible()
  await page.goBack()
  await page.getByRole('region', { name: 'Trades', exact: true }).getByRole('row').nth(1).click()
  await page.getByRole('button', { name: 'On the chart' }).click()
  await expect(page.getByRole('group', { name: /^SPX/ })).toBeVisible()
  await page.goBack()
  await page.getByRole('region', { name: 'Trades', exact: true }).getByRole('row').nth(1).click()
  await page.getByRole('button', { name: 'Replay this trade' }).click()
  await expect(page.getByText('REPLAY, not live')).toBeVisible()
  const told = page.getByRole('group', { name: /^SPX/ }).locator('p').first()
  await expect(told).toContainText('1 mark: opened')
  await page.getByRole('region', { name: /^Replay/ }).getByLabel('Position').press('End')
  await expect(told).toContainText('2 marks, the last closed')
  await page.goBack()

  // What was chosen is a step back.
  await page.goBack()
  await expect(page.getByText('Choose a run')).toBeVisible()
  await page.goForward()
  await page.getByRole('button', { name: 'Run again with changes' }).click()
  await expect(page.getByLabel('short delta')).toHaveValue('0.16')
  await runOne(page, '0.1')
  await expect(runs).toHaveCount(2, { timeout: 30_000 })
  for (const box of await page.getByRole('checkbox', { name: /^Compare/ }).all()) await box.check()
  await expect(page.getByRole('heading', { name: 'Side by side' })).toBeVisible()
  await expect(page.getByRole('row', { name: /Sharpe/ }).getByRole('cell')).toHaveCount(2)
  // What gained about as much is told apart.
  const gained = await page.locator('.u-legend .u-value').filter({ hasText: '%' }).allInnerTexts()
  expect(new Set(gained).size).toBe(2)
  expect(bad).toEqual([])
})

test('a strategy is copied, broken, mended, compared, armed and disarmed', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/strategies')
  await page.getByRole('button', { name: /^Bull put spread/ }).click()
  await page.getByRole('button', { name: 'Save a copy' }).click()
  const text = page.getByRole('textbox', { name: 'The strategy’s file' })
  const whole = await text.inputValue()
  await text.fill(whole.replace('legs:', 'lags:'))
  await expect(page.getByText('This is no strategy yet').first()).toBeVisible()
  await text.fill(whole)
  await expect(page.getByText('This is a strategy')).toBeVisible()
  await page.getByLabel('Name').fill('My spread')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'My spread' })).toBeVisible()

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await text.fill(`# mine\n${whole}`)
  await expect(page.getByText('This is a strategy')).toBeVisible()
  await page.getByRole('button', { name: 'Save version' }).click()
  const changes = page.getByRole('region', { name: 'From v1 to v2' })
  await expect(changes.getByRole('row').first()).toContainText('# mine')

  await page.getByRole('button', { name: 'Arm on paper' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Arm on paper' }).click()
  const onDesk = page.getByRole('region', { name: 'On the desk' }).last()
  await expect(onDesk.getByText('armed', { exact: true })).toBeVisible()
  // Whose money, and which version of it.
  await expect(onDesk.getByText('paper', { exact: true })).toBeVisible()
  await expect(onDesk.getByText('v2', { exact: true })).toBeVisible()
  await onDesk.getByRole('button', { name: 'Disarm' }).click()
  await expect(onDesk.getByText('disarmed', { exact: true })).toBeVisible()
  expect(bad).toEqual([])
})

test('settings: a token that works and ends, a second factor on and off', async ({ page, request }) => {
  const bad = complaints(page)
  await logIn(page, server, '/settings?tab=tokens')
  await page.getByRole('button', { name: 'New token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('What it is for').fill('a script')
  await dialog.getByRole('button', { name: 'Make token' }).click()
  await expect(dialog.getByText('It is shown this once')).toBeVisible()
  const token = (await dialog.locator('code').textContent()) ?? ''
  const ask = async () => (await request.get(`${server.url}/api/v1/desk`, { headers: { Authorization: `Bearer ${token}` } })).status()
  expect(await ask()).not.toBe(401)
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('button', { name: 'End the token a script' }).click()
  await expect(page.getByText('No tokens')).toBeVisible()
  expect(await ask()).toBe(401)

  await page.getByRole('tab', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Switch on' }).click()
  await expect(page.getByRole('img', { name: 'QR code of the secret' })).toBeVisible()
  const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue()
  await page.getByLabel('First code of the app').fill(totp(secret))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText('They are shown this once')).toBeVisible()
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByRole('button', { name: 'Switch off' }).click()
  // The password was proved before there was a second factor: now its code is asked for.
  const prove = page.getByRole('dialog', { name: 'Prove that it is you' })
  const off = page.getByText('Off: the password alone')
  await expect(prove.or(off)).toBeVisible()
  if (await prove.isVisible()) {
    await prove.getByLabel('Code of your app').fill(totp(secret, 1))
    await prove.getByRole('button', { name: 'Verify' }).click()
  }
  await expect(off).toBeVisible()
  expect(bad).toEqual([])
})

test('the audit trail is whole, and is exported', async ({ page }) => {
  await logIn(page, server, '/audit')
  await page.getByRole('button', { name: 'Verify the whole trail' }).click()
  await expect(page.getByText(/The trail is whole: \d+ entries/)).toBeVisible()
  await page.getByLabel('Event', { exact: true }).selectOption('auth.login')
  await page.getByRole('region', { name: 'Audit', exact: true }).last().getByRole('row').nth(1).click()
  await expect(page.getByRole('dialog')).toContainText('auth.login')
  await page.keyboard.press('Escape')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export (CSV)' }).click()
  expect((await download).suggestedFilename()).toBe('ironfly-audit.csv')
})

interface Shown {
  name: string
  path: string | (() => Promise<string>)
  ready: (page: Page) => Promise<void>
}

let ids: string[] = []

/** At least two, made where a test before has not. */
async function someRuns(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const list = async () => ((await (await fetch('/api/v1/backtests')).json()) as { items: { id: string }[] }).items.map((run) => run.id)
    const { csrf_token } = (await (await fetch('/api/v1/auth/me')).json()) as { csrf_token: string }
    for (let i = (await list()).length; i < 2; i++)
      await fetch('/api/v1/backtests', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token }, body: JSON.stringify({ strategy: 'iron_condor', parameters: { short_delta: 0.16 - i * 0.06 } }) })
    for (let tries = 0; tries < 300 && (await list()).length < 2; tries++) await new Promise((done) => setTimeout(done, 100))
    return list()
  })
}

const screens: Shown[] = [
  { name: 'backtests', path: async () => `/backtests?run=${ids[0]}`, ready: (page) => expect(page.getByRole('heading', { name: 'Figures' })).toBeVisible() },
  { name: 'backtests-compare', path: async () => `/backtests?compare=${ids.slice(0, 2).join(',')}`, ready: (page) => expect(page.getByRole('heading', { name: 'Side by side' })).toBeVisible() },
  { name: 'backtests-new', path: '/backtests?new=1', ready: (page) => expect(page.getByLabel('short delta')).toBeVisible() },
  { name: 'strategies', path: '/strategies?strategy=c:iron_condor', ready: (page) => expect(page.getByRole('heading', { name: 'Parameters' })).toBeVisible() },
  { name: 'volatility', path: '/volatility?symbol=SPX', ready: (page) => expect(page.getByRole('heading', { name: 'Term structure' })).toBeVisible({ timeout: 30_000 }) },
  { name: 'charts-replay', path: '/charts?symbol=SPY&interval=day&compare=SPX&with=sma20,rsi,move&replay=2024-02-15', ready: (page) => expect(page.getByRole('group', { name: 'Compared' })).toBeVisible() },
  { name: 'settings', path: '/settings', ready: (page) => expect(page.getByText('As it looks')).toBeVisible() },
  { name: 'settings-account', path: '/settings?tab=account', ready: (page) => expect(page.getByText('Second factor').first()).toBeVisible() },
  { name: 'settings-tokens', path: '/settings?tab=tokens', ready: (page) => expect(page.getByRole('button', { name: 'New token' })).toBeVisible() },
  { name: 'settings-sessions', path: '/settings?tab=sessions', ready: (page) => expect(page.getByRole('row').nth(1)).toBeVisible() },
  { name: 'settings-keys', path: '/settings?tab=keys', ready: (page) => expect(page.getByRole('button', { name: /^Change the keys of/ }).first()).toBeVisible() },
  { name: 'system', path: '/system', ready: (page) => expect(page.getByText('It is ready to work')).toBeVisible() },
  { name: 'audit', path: '/audit', ready: (page) => expect(page.getByRole('row').nth(2)).toBeVisible() },
]

for (const screen of screens)
  test(`${screen.name} is for everybody: two themes, three widths`, async ({ page }) => {
    test.setTimeout(120_000)
    const bad = complaints(page)
    await logIn(page, server, '/system')
    ids = await someRuns(page)
    const path = typeof screen.path === 'string' ? screen.path : await screen.path()
    for (const [width, height] of [
      [1440, 900],
      [1024, 768],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.goto(server.url + path)
      await screen.ready(page)
      // The name of a run is whole where there is no second column to find it in.
      if (screen.name === 'backtests' && width === 390) expect(await page.locator('article h1').evaluate((h1) => h1.clientWidth - h1.scrollWidth + (getComputedStyle(h1).whiteSpace === 'nowrap' ? -1 : 0))).toBe(0)
      for (const theme of ['dark', 'light'] as const) {
        await page.evaluate((to) => {
          document.documentElement.dataset.theme = to
          window.dispatchEvent(new Event('ironfly:theme'))
        }, theme)
        // A run for the pictures is for the pictures.
        if (!process.env.SCREENS) await expectAccessible(page, theme === 'light')
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${width} wide`).toBeLessThanOrEqual(0)
        if (process.env.SCREENS && width !== 1024) {
          const folder = resolve('../docs/screens')
          mkdirSync(folder, { recursive: true })
          await page.waitForTimeout(800)
          await page.screenshot({ path: `${folder}/${screen.name}-${theme}${width === 1440 ? '' : `-${width}`}.png` })
        }
      }
    }
    expect(bad).toEqual([])
  })
