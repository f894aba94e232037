import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn, sellBullPut } from './desk'
import { startServer, type Server } from './server'

/* What an auditor does: look for entries, take them along, and see what somebody saw. */
let server: Server

test.describe.configure({ mode: 'serial' })

test.beforeAll(async () => {
  server = await startServer(['--symbols', 'SPY', '--speed', '2', '--seed', '5'])
})
test.afterAll(() => server.remove())

test('an order is found in the trail, and what its person saw comes back with what every gate said', async ({ page }) => {
  test.setTimeout(120_000)
  const bad = complaints(page)
  await firstRun(page, server)
  await sellBullPut(page, server, 1)
  await page.goto(`${server.url}/orders?tab=all`)
  await expect(page.getByText('filled', { exact: true }).first()).toBeVisible({ timeout: 30_000 })

  await page.goto(`${server.url}/audit`)
  await page.getByLabel('Event', { exact: true }).selectOption('desk.place')
  await expect(page).toHaveURL(/event=desk\.place/)
  const trail = page.getByRole('region', { name: 'Audit', exact: true }).last()
  await expect(trail.getByRole('row')).toHaveCount(2)
  await trail.getByRole('row').nth(1).click()
  await page.getByRole('button', { name: 'What did this person see?' }).click()
  const seen = page.getByRole('dialog', { name: 'What admin saw' })
  await expect(seen.getByText(/Right behind event [\d,]+ \(record \d+ of the journal\)/)).toBeVisible({ timeout: 60_000 })
  await expect(seen.getByText('Every gate lets it through').or(seen.getByText(/rules pass/)).first()).toBeVisible()
  await expect(seen.getByRole('heading', { name: 'The order in question' })).toBeVisible()
  await expect(seen.getByText('not kept').first()).toBeVisible()
  await expectAccessible(page)

  // The view is in the address: it can be passed on, and the way back is the trail.
  await expect(page).toHaveURL(/seen=e\d+/)
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/seen=/)

  // Somebody and a moment: after the fill, the position is there.
  await page.keyboard.press('Escape')
  await page.getByLabel('Moment (your time)').fill(new Date(Date.now() - 1000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19))
  await page.getByRole('button', { name: 'Show what they saw' }).click()
  await expect(seen.getByText(/The desk as told until/)).toBeVisible({ timeout: 60_000 })
  await expect(seen.getByRole('region', { name: 'Positions' }).getByRole('row')).toHaveCount(2)
  await expect(seen.getByRole('region', { name: 'Underlyings' }).last()).toContainText('SPY')
  await page.keyboard.press('Escape')

  // Who looks is in the trail too.
  await page.getByRole('button', { name: 'All entries' }).first().click()
  await page.getByLabel('Event', { exact: true }).selectOption('desk.place')
  await page.getByLabel('Find in event, object, address, data').fill('nothing has this')
  await expect(page.getByText('No entry matches')).toBeVisible()
  await page.getByRole('button', { name: 'All entries' }).first().click()
  await expect(trail.getByText('audit.picture').first()).toBeVisible()
  expect(bad).toEqual([])
})

test('who goes away stops the picture, however they go', async ({ page }) => {
  await logIn(page, server, '/audit?event=desk.place')
  const pictures = '**/api/v1/audit/pictures'
  const deleted = () => page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/audit/pictures/'))
  const ask = async () => {
    await page.getByRole('button', { name: 'Show what they saw' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
  }

  // To another screen, while it is being made.
  await page.route(`${pictures}/*`, async (route) => {
    if (route.request().method() !== 'GET') return route.continue()
    const response = await route.fetch()
    const picture = (await response.json()) as object
    await route.fulfill({ response, json: { ...picture, state: 'running', seen: null } })
  })
  const looked = page.waitForResponse((response) => response.url().includes('/audit/pictures/'))
  await ask()
  await looked
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Stop' })).toBeVisible() // what was made before may be shown first
  let gone = deleted()
  await page.evaluate(() => {
    history.pushState(null, '', '/orders')
    dispatchEvent(new PopStateEvent('popstate'))
  })
  await gone
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.goto(`${server.url}/audit`)

  // Closed before the server has answered.
  let answer = () => {}
  const held = new Promise<void>((resolve) => (answer = resolve))
  await page.route(pictures, async (route) => {
    await held
    await route.continue()
  })
  await ask()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  gone = deleted()
  answer()
  await gone
})

test('the filter decides what is exported', async ({ page }) => {
  await logIn(page, server, '/audit?event=auth')
  await expect(page.getByRole('cell', { name: 'auth.login' }).first()).toBeVisible()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export (JSON)' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe('ironfly-audit.json')
  const { entries } = JSON.parse(readFileSync(await file.path(), 'utf8')) as { entries: { event: string; who: string }[] }
  expect(entries.length).toBeGreaterThan(0)
  for (const entry of entries) expect(entry.event).toMatch(/^auth\./)
})

test('System says how old the quotes are, what waits, and what runs', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/system')
  for (const name of ['Queues', 'Process', 'Versions']) await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
  await expect(page.getByText('to the desk')).toBeVisible()
  await expect(page.locator('dt', { hasText: 'Last quote' })).toBeVisible()
  await expect(page.getByText('SQLite')).toBeVisible()
  await expect(page.locator('dt', { hasText: 'Lists behind' })).toBeVisible()
  await expect(page.locator('dd', { hasText: /-$/ })).toHaveCount(0)
  // What a figure is called is read whole, and no `?` lies on its neighbour or outside its panel.
  const cut = await page.locator('main dt span[title]').evaluateAll((all) => all.filter((span) => span.scrollWidth > span.clientWidth).map((span) => span.textContent))
  expect(cut).toEqual([])
  expect(await page.locator('main dt').evaluateAll((all) => all.filter((dt) => dt.scrollWidth > dt.clientWidth + 4).length)).toBe(0)
  expect(bad).toEqual([])
})
