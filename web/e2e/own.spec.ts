import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { complaints, firstRun, logIn, SYMBOL } from './desk'
import { startServer, type Server } from './server'

/* What a person makes their own: keys, columns, the layout of the desk, the language. */
let server: Server

test.beforeAll(async ({ browser }) => {
  server = await startServer()
  const page = await browser.newPage()
  await firstRun(page, server)
  await page.close()
})
test.afterAll(() => server.remove())

test('keys of one’s own: pressed, refused where they are taken, used, and as they were', async ({ page }) => {
  await logIn(page, server, '/settings?tab=keys')
  await page.getByRole('button', { name: /^Change the keys of: Buy the contract/ }).click()
  await page.keyboard.press('s')
  await expect(page.getByRole('alert')).toHaveText('s already does: Sell the contract')
  await page.getByRole('button', { name: /^Change the keys of: Buy the contract/ }).click()
  await page.keyboard.press('q')
  await expect(page.getByRole('button', { name: 'Change the keys of: Buy the contract, now q' })).toBeVisible()
  await page.getByRole('button', { name: /^Change the keys of: Go to Orders/ }).click()
  await page.keyboard.press('x')
  await page.keyboard.press('o')
  await page.keyboard.press('x')
  await page.keyboard.press('o')
  await expect(page).toHaveURL(/\/orders/)

  await page.goto(`${server.url}/chain?symbol=${SYMBOL}`)
  await expect(page.locator('.chain-atm .chain-bid').first()).not.toHaveText('')
  await page.getByRole('grid').focus()
  await page.keyboard.press('q')
  await expect(page.getByRole('button', { name: 'Ticket: 1 leg' })).toBeVisible()
  await page.goto(`${server.url}/settings?tab=keys`)
  await page.getByRole('button', { name: 'As it was' }).click()
  await expect(page.getByRole('button', { name: 'Change the keys of: Buy the contract, now b' })).toBeVisible()
})

test('columns of one’s own in the chain, and all expiries beside each other', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, `/chain?symbol=${SYMBOL}`)
  await page.getByText('Own', { exact: true }).click()
  await page.getByRole('button', { name: 'Choose columns' }).click()
  await page.getByRole('checkbox', { name: 'Gamma' }).check()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('columnheader', { name: 'Gamma' }).first()).toBeVisible()
  await page.getByRole('button', { name: 'Matrix' }).click()
  const cells = page.getByRole('button', { name: /^Buy .* put, /i })
  await expect.poll(() => cells.count()).toBeGreaterThan(50)
  await cells.nth(60).click()
  await expect(page.getByRole('button', { name: 'Ticket: 1 leg' })).toBeVisible()
  expect(bad).toEqual([])
})

test('a layout goes out as a file and comes in again; another file is refused', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server)
  const term = page.locator('.dv-tab').filter({ hasText: 'Term structure' })
  await page.getByText('Research', { exact: true }).click()
  await expect(term).toBeVisible()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Layout' }).click()
  await page.getByRole('menuitem', { name: 'Save to a file' }).click()
  const kept = readFileSync(await (await download).path(), 'utf8')
  await page.getByText('Risk', { exact: true }).click()
  await expect(term).toBeHidden()
  const file = page.getByLabel('Load a file')
  await file.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"version":9}') })
  await expect(page.getByText('The file is no layout of a desk')).toBeVisible()
  await file.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(kept) })
  await expect(term).toBeVisible()
  // Without bars the money is still named.
  await page.getByRole('button', { name: 'Layout' }).click()
  await page.getByRole('menuitem', { name: 'Without bars' }).click()
  await expect(page.getByRole('navigation', { name: 'Screens' })).toHaveCount(0)
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Show the bars' }).click()
  await expect(page.getByRole('navigation', { name: 'Screens' }).first()).toBeVisible()
  expect(bad).toEqual([])
})

/** At each width of a tablet it is in sight, without scrolling, whatever stands beside it. */
async function expectInReach(page: Page, name: string): Promise<void> {
  for (const width of [768, 820, 900, 1024, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    await expect(page.getByRole('button', { name, exact: true }), `${name}, ${width} wide`).toBeInViewport({ ratio: 1 })
    // Nothing lies over it either.
    await page.getByRole('button', { name, exact: true }).click({ trial: true })
  }
}

test('a desk that stops says so at once, on a wall too', async ({ page }) => {
  await logIn(page, server)
  await expectInReach(page, 'Halt')
  await page.getByRole('button', { name: 'Halt', exact: true }).click()
  await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Halt', exact: true }).click()
  await expect(page.locator('.no-print > [aria-live=assertive]')).toContainText('The desk is halted.')
  await expect(page.locator('.no-print > [aria-live=polite]')).not.toContainText('halted')
  await expectInReach(page, 'Resume')
  await page.getByText('Wall', { exact: true }).click()
  await expect(page.getByRole('navigation', { name: 'Screens' })).toHaveCount(0)
  await expect(page.getByText('Desk: halted')).toBeVisible()
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  // A step back is the desk with its bars.
  await page.goBack()
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Resume', exact: true }).click()
  await expect(page.locator('.no-print > [aria-live=polite]')).toContainText('The desk trades again')
})

test('a candidate is found, chosen and reviewed; its opposite leg follows with Ctrl', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, `/builder?symbol=${SYMBOL}`)
  await page.getByText('Find one', { exact: true }).click()
  const found = page.getByRole('region', { name: 'Find one' })
  const first = found.getByRole('button', { name: /chance/ }).first()
  await expect(first).toBeVisible()
  await expect(found.getByText(/^margin \$/).first()).toBeVisible()
  const most = await found.getByText(/^loses \$[\d,]+ at most$/).allInnerTexts()
  for (const text of most) expect(Number(text.replaceAll(/[^\d]/g, ''))).toBeLessThanOrEqual(1000)
  await first.click()
  await expect(page.getByRole('slider', { name: /put|call/ }).first()).toBeVisible()

  await page.getByText('Choose', { exact: true }).click()
  await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
  const [put, call] = [page.getByRole('slider', { name: /^− put/ }), page.getByRole('slider', { name: /^− call/ })]
  const at = async () => [Number(await put.getAttribute('aria-valuenow')), Number(await call.getAttribute('aria-valuenow'))] as const
  await expect(put).toBeVisible()
  // What the trade adds stands apart from what the account must hold, by the desk's rules and by both kinds.
  for (const name of ['Margin added', 'Reg-T adds', 'Portfolio adds']) {
    const figure = page.getByRole('definition').filter({ has: page.locator(`xpath=preceding-sibling::dt[contains(., "${name}")]`) })
    await expect(figure.first()).toHaveText(/^\+\$[\d,]+$/)
    await expect(figure.last()).toHaveText(/^account then \$[\d,]+$/)
  }
  const notes = page.getByRole('region', { name: 'Assignment and settlement' })
  await expect(notes.getByText(/−1 P [\d.]+, −1 C [\d.]+: American style/)).toBeVisible()
  await expect(notes.getByText(/physical delivery/)).toBeVisible()
  const before = await at()
  await put.focus()
  await page.keyboard.press('Control+ArrowRight')
  await expect.poll(async () => (await at())[0]).toBeGreaterThan(before[0])
  expect((await at())[1]).toBeLessThan(before[1])
  expect(bad).toEqual([])
})

test('a symbol is typed on the chart', async ({ page }) => {
  await logIn(page, server, `/charts?symbol=${SYMBOL}`)
  await page.getByRole('region', { name: /^Chart/ }).focus()
  await page.keyboard.type('QQ')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/symbol=QQQ/)
  await expect(page.getByRole('group', { name: /^QQQ/ })).toBeVisible()
})

test('panels are gone to by key: the next, the one before, and by number', async ({ page }) => {
  await logIn(page, server, '/system')
  await expect(page.getByRole('heading', { name: 'Process' })).toBeVisible()
  await page.keyboard.press('F6')
  await expect(page.getByRole('region', { name: 'Server', exact: true })).toBeFocused()
  await page.keyboard.press('Alt+2')
  await expect(page.getByRole('region', { name: 'Health' })).toBeFocused()
  await page.keyboard.press('Shift+F6')
  await expect(page.getByRole('region', { name: 'Server', exact: true })).toBeFocused()
  // In the dock too, and out of a field of text.
  await page.goto(`${server.url}/desk`)
  await expect(page.getByRole('table', { name: 'Market' })).toBeVisible()
  const group = () => page.evaluate(() => [...document.querySelectorAll('.dv-groupview')].findIndex((g) => g.contains(document.activeElement)))
  await page.keyboard.press('Alt+1')
  const first = await group()
  expect(first).toBeGreaterThanOrEqual(0)
  await page.keyboard.press('F6')
  expect(await group()).not.toBe(first)
  await page.goto(`${server.url}/backtests`)
  await page.getByRole('searchbox').focus()
  await page.keyboard.press('F6')
  await expect(page.getByRole('searchbox')).not.toBeFocused()
})

const SCREENS = ['/desk', '/chain', '/builder', '/orders?tab=all', '/positions', '/charts', '/volatility', '/backtests', '/strategies', '/settings', '/system', '/audit']

test('every word comes from the files of words: another language a third longer still fits', async ({ page }) => {
  const bad = complaints(page)
  await page.addInitScript(() => localStorage.setItem('ironfly.prefs', JSON.stringify({ state: { locale: 'pseudo' }, version: 1 })))
  await page.goto(server.url)
  await page.locator('input').first().fill('admin')
  await page.locator('input[type=password]').fill('a long enough password 7')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/PÁPÉR/)).toBeVisible()
  for (const path of SCREENS) {
    await page.goto(server.url + path)
    await page.waitForTimeout(700)
    // What is asked to be pressed is in the reader's language. Names and figures are nobody's.
    const strange = await page.evaluate(() =>
      [...document.querySelectorAll('button, h1, h2, label, th, [role=tab], legend')]
        // The catalogue's names and texts are those of its files.
        .filter((e) => e.checkVisibility() && !e.closest('aside li'))
        .map((e) => (e.getAttribute('aria-label') ?? e.textContent ?? '').trim())
        .filter((text) => /[a-z]{4}/.test(text) && !text.includes('⟦')),
    )
    expect(strange.filter((text) => !/^(admin|paper)$/.test(text)), path).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0)
  }
  expect(bad).toEqual([])
})

test('from right to left nothing breaks', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server)
  for (const path of SCREENS) {
    await page.goto(server.url + path)
    await page.evaluate(() => (document.documentElement.dir = 'rtl'))
    await page.waitForTimeout(300)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0)
    await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  }
  expect(bad).toEqual([])
})
