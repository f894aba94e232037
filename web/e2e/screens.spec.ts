import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn } from './desk'
import { startServer, type Server } from './server'

/* Every screen in both themes and three widths: nothing that axe finds, nothing on the console, nothing that sticks out. With
 * SCREENS=1 each is pictured into docs/screens/. */
interface Shown {
  name: string
  path: string
  /** There when the screen is. */
  ready: (page: Page) => Promise<void>
}

/** The preset is chosen where there is a dock, and leads to the view without bars; narrower windows keep that view. */
const wall: Shown['ready'] = async (page) => {
  const bars = page.getByRole('button', { name: 'Show the bars' })
  if ((page.viewportSize()?.width ?? 0) >= 1280 && !(await bars.isVisible())) {
    await page.getByText('Wall', { exact: true }).click()
    await expect(page.locator('.dv-groupview')).toHaveCount(5)
    await expect(page.getByRole('button', { name: 'Layout', exact: true })).toBeHidden()
  }
  await expect(bars).toBeVisible()
  // Whose money it is and whether the desk trades are never out of sight.
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  await expect(page.getByText(/^Market (open|closed)$/)).toBeVisible()
}

const screens: Shown[] = [
  {
    name: 'chain',
    path: '/chain?symbol=SPX',
    ready: async (page) => {
      await expect(page.locator('.chain-atm .chain-bid').first()).not.toHaveText('')
    },
  },
  {
    name: 'builder',
    path: '/builder?symbol=SPX',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
      await expect(page.getByRole('slider', { name: /put/ }).first()).toBeVisible()
    },
  },
  {
    name: 'builder-find',
    path: '/builder?symbol=SPY',
    ready: async (page) => {
      await page.getByText('Find one', { exact: true }).click()
      await page.getByRole('region', { name: 'Find one' }).getByRole('button', { name: /chance/ }).first().click()
      await expect(page.getByRole('slider', { name: /put|call/ }).first()).toBeVisible()
    },
  },
  { name: 'chain-matrix', path: '/chain?symbol=SPX&view=matrix', ready: async (page) => expect.poll(() => page.getByRole('button', { name: /^Buy .* put, /i }).count()).toBeGreaterThan(50) },
  { name: 'orders-fills', path: '/orders?tab=fills', ready: async (page) => expect(page.getByRole('tab', { name: 'Fills' })).toBeVisible() },
  { name: 'orders', path: '/orders?tab=all', ready: async (page) => expect(page.getByRole('tab', { name: 'All' })).toBeVisible() },
  {
    name: 'desk',
    path: '/desk?symbol=SPY',
    ready: async (page) => {
      await expect(page.getByText('Exp. move').first()).toBeVisible()
      // The market's fear and every underlying of the desk, where the bar is as wide as on a laptop; figures whole on a phone.
      if ((page.viewportSize()?.width ?? 0) === 1440) {
        const strip = page.getByRole('list', { name: 'Market' }).getByRole('listitem')
        await expect(strip.first()).toContainText('VIX')
        await expect.poll(() => strip.evaluateAll((all) => new Set(all.map((item) => item.getBoundingClientRect().top)).size)).toBe(1)
      }
      if ((page.viewportSize()?.width ?? 0) === 390) await expect.poll(() => page.getByRole('region', { name: 'Market', exact: true }).last().evaluate((table) => table.scrollWidth - table.clientWidth)).toBeLessThanOrEqual(0)
    },
  },
  { name: 'positions', path: '/positions', ready: async (page) => expect(page.getByRole('heading', { name: /Scenarios/ })).toBeVisible() },
  { name: 'desk-wall', path: '/desk?symbol=SPY', ready: wall },
  { name: 'charts', path: '/charts?symbol=SPY&with=sma20,bands,rsi', ready: async (page) => expect(page.getByRole('group', { name: /^SPY/ })).toBeVisible() },
]

/** For the pictures: something held, something working, and an hour of a market. */
async function trade(page: Page): Promise<void> {
  test.setTimeout(300_000)
  for (const [symbol, structure, how] of [
    ['SPY', 'Iron condor', 'Use the natural'],
    ['QQQ', 'Bull put', 'Use the natural'],
    ['IWM', 'Iron butterfly', 'Use the mid'],
  ] as const) {
    await page.goto(`${server.url}/builder?symbol=${symbol}`)
    await page.getByRole('button', { name: structure, exact: true }).click()
    await page.getByRole('button', { name: 'Review and send' }).click()
    const ticket = page.getByRole('complementary', { name: 'Ticket' })
    await ticket.getByRole('button', { name: how }).click()
    await ticket.getByRole('button', { name: /^(Sell|Buy) 1 / }).click()
    await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()
  }
  await page.waitForTimeout(75_000)
}

const widths = [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const

let server: Server

test.beforeAll(async ({ browser }) => {
  server = await startServer(process.env.SCREENS ? ['--speed', '30'] : [])
  const page = await browser.newPage()
  await firstRun(page, server)
  if (process.env.SCREENS) await trade(page)
  await page.close()
})
test.afterAll(() => server.remove())

for (const screen of screens)
  test(`${screen.name} is for everybody: two themes, three widths`, async ({ page }) => {
    const bad = complaints(page)
    await logIn(page, server, screen.path)
    for (const [width, height] of widths) {
      // The screen follows its window; it is not asked for anew.
      await page.setViewportSize({ width, height })
      await screen.ready(page)
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
          await page.waitForTimeout(600)
          await page.screenshot({ path: `${folder}/${screen.name}-${theme}${width === 1440 ? '' : `-${width}`}.png` })
        }
      }
    }
    expect(bad).toEqual([])
  })

test('who comes in is met by no barrier: login, and the address that makes the admin', async ({ page }) => {
  for (const [path, name] of [
    ['/desk', 'Log in'],
    ['/setup#a-token', /^Make account/],
  ] as const)
    for (const [width, height] of widths) {
      await page.setViewportSize({ width, height })
      await page.goto(server.url + path)
      await expect(page.getByRole('button', { name })).toBeVisible()
      for (const theme of ['dark', 'light'] as const) {
        await page.evaluate((to) => (document.documentElement.dataset.theme = to), theme)
        await expectAccessible(page, theme === 'light')
      }
    }
})
