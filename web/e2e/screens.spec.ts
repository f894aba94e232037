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
  { name: 'orders', path: '/orders?tab=all', ready: async (page) => expect(page.getByRole('tab', { name: 'All' })).toBeVisible() },
  { name: 'desk', path: '/desk?symbol=SPY', ready: async (page) => expect(page.getByText('Exp. move').first()).toBeVisible() },
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
        await expectAccessible(page, theme === 'light')
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
