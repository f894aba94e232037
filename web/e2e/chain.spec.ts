import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './a11y'
import { complaints, firstRun, logIn } from './desk'
import { startServer, type Server } from './server'

/* Chain and builder on stored quotes of an index, where two roots end on one third Friday: SPX at the opening, SPXW at the close. */
const program = process.env.IRONFLY_PROGRAM ?? resolve('../build/ironfly')
const store = mkdtempSync(join(tmpdir(), 'ironfly-store-'))
let server: Server

test.beforeAll(async ({ browser }) => {
  execFileSync(program, ['data', 'simulate', '--store', store, '--symbols', 'SPX', '--from', '2024-01-08', '--to', '2024-01-08', '--seed', '7'], { stdio: 'ignore' })
  server = await startServer(['--store', store, '--feed', 'off'])
  const page = await browser.newPage()
  await page.goto(server.url)
  await firstRun(page, server)
  await page.close()
})
test.afterAll(async () => {
  await server.remove()
  rmSync(store, { recursive: true, force: true })
})

test('two roots of one day are two expiries, in the chain and in the builder', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/chain?symbol=SPX')
  const strip = page.getByRole('radiogroup', { name: 'Expiries' })
  const grid = page.getByRole('grid')
  const bid = grid.locator('.chain-atm .chain-bid').first()
  const seen: string[] = []
  for (const [root, badge] of [['SPX', 'AM'], ['SPXW', 'PM']] as const) {
    const one = strip.getByRole('radio').filter({ hasText: '19 Jan' }).filter({ has: page.getByText(root, { exact: true }) })
    await one.click()
    await expect(one).toHaveAttribute('aria-checked', 'true')
    await expect(one).toContainText(badge)
    await expect(page).toHaveURL(new RegExp(`expiry=2024-01-19[+]${root}(&|$)`))
    await expect(bid).not.toHaveText('')
    await bid.click()
    seen.push(await grid.locator('.chain-atm').innerText())
  }
  expect(seen[0]).not.toBe(seen[1])

  // Both are in the draft, each with its own quote.
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Builder' }).click()
  await expect(page.getByRole('slider', { name: /call/ })).toHaveCount(2)
  const expiry = page.getByRole('combobox', { name: 'Expiry', exact: true })
  for (const [root, style] of [['SPX', 'AM'], ['SPXW', 'PM']] as const) {
    await expiry.selectOption(`2024-01-19 ${root}`)
    await expect(expiry.locator('option:checked')).toContainText(`19 Jan 24 · ${root} · ${style}`)
    await page.getByRole('button', { name: 'Bull put', exact: true }).click()
    await expect(page.getByRole('button', { name: new RegExp(`^Remove ${root} 19 Jan`) }).first()).toBeVisible()
    await expect(page.getByText('special opening quotation of 19 Jan')).toHaveCount(style === 'AM' ? 1 : 0)
  }
  expect(bad).toEqual([])
})

test('a package is built leg by leg with the keyboard: right, expiry, a typed strike, and Del', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/builder?symbol=SPX&expiry=2024-01-19+SPXW')
  const add = page.getByRole('button', { name: 'Add leg' })
  // Once the strikes are there.
  await expect(add).toBeEnabled()
  await add.press('Enter')
  const strike = page.getByRole('textbox', { name: /^Strike of SPXW 19 Jan .* call/ })
  await expect(strike).toHaveCount(1)
  const first = Number(await strike.inputValue())
  await add.press('Enter')
  await expect(strike).toHaveCount(2)
  expect(Number(await strike.nth(1).inputValue())).not.toBe(first)

  // What is typed goes to a strike that is listed, and that is said.
  await strike.nth(1).fill(String(first + 26.5))
  await strike.nth(1).press('Enter')
  await expect(page.getByText(`${first + 26.5} is not listed there: ${first + 25} is the nearest that is`)).toBeVisible()
  await expect(strike.nth(1)).toHaveValue(String(first + 25))
  await strike.nth(1).press('ArrowUp')
  await expect(strike.nth(1)).toHaveValue(String(first + 30))
  await strike.nth(1).fill(String(first))
  await strike.nth(1).press('Enter')
  await expect(page.getByText(/is a leg already/)).toBeVisible()

  await page.getByRole('button', { name: /^Buy or sell: SPXW/ }).nth(1).press('Enter')
  await page.getByRole('button', { name: /^Call or put: SPXW/ }).nth(1).press('Enter')
  await expect(page.getByRole('slider', { name: /^− put/ })).toHaveCount(1)
  await page.getByRole('combobox', { name: /^Expiry of SPXW .* put/ }).selectOption('2024-02-16 SPX')
  await expect(page.getByRole('textbox', { name: /^Strike of SPX 16 Feb .* put/ })).toHaveCount(1)
  await expect(page.getByText('A leg has no quote now')).toHaveCount(0)

  await page.getByRole('button', { name: /^Buy or sell: SPX 16 Feb/ }).press('Delete')
  await expect(page.getByRole('textbox', { name: /^Strike of/ })).toHaveCount(1)
  await expect(page.getByRole('button', { name: /^Buy or sell: SPXW/ })).toBeFocused()
  expect(bad).toEqual([])
})

test('own prices are moved and taken away; the cone and breakevens in deviations', async ({ page }) => {
  const bad = complaints(page)
  await logIn(page, server, '/builder?symbol=SPX&expiry=2024-01-19+SPXW')
  await page.getByRole('button', { name: 'Iron condor', exact: true }).click()
  await expect(page.getByText(/^−[\d.]+σ \/ \+[\d.]+σ$/)).toBeVisible()
  await expect(page.getByText('±1σ, 68%')).toBeVisible()

  await page.getByRole('tab', { name: 'Price slices' }).click()
  const table = page.getByRole('table', { name: 'Price slices' })
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const own = table.getByRole('spinbutton', { name: 'Own price 1' })
  const row = table.getByRole('row').filter({ has: page.getByRole('spinbutton', { name: 'Own price 1' }) })
  await own.fill('4700')
  await own.press('Enter')
  await expect(row.getByRole('cell', { name: '4,700.00', exact: true })).toBeVisible()
  await own.press('ArrowUp')
  await expect(row.getByRole('cell', { name: '4,701.00', exact: true })).toBeVisible()
  await expect(own).toBeFocused()
  await table.getByRole('button', { name: 'Remove own price 1' }).click()
  await expect(own).toHaveCount(0)

  await page.getByRole('tab', { name: 'Cone' }).click()
  await expect(page.getByText(/^By expiry it stands between .* in two of three cases/).first()).toBeVisible()
  await expect(page.getByRole('table', { name: 'Where the price may stand, day by day' }).getByRole('row')).toHaveCount(7)
  await expectAccessible(page, false)
  expect(bad).toEqual([])
})

test('a chain that is not there, and one that could not be had, are told apart, with the next step', async ({ page }) => {
  await logIn(page, server, '/chain?symbol=NONE')
  for (const screen of ['chain', 'builder']) {
    await page.goto(`${server.url}/${screen}?symbol=NONE`)
    await expect(page.getByText('There is no chain of NONE')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Look again' })).toBeVisible()

    await page.route('**/api/v1/chains/SPX/expiries*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'store_busy', detail: 'the store is being written', request_id: 'r1' }) }))
    await page.goto(`${server.url}/${screen}?symbol=SPX`)
    const told = page.getByRole('alert').filter({ hasText: 'the store is being written' })
    await expect(told).toBeVisible()
    await page.unroute('**/api/v1/chains/SPX/expiries*')
    await told.getByRole('button', { name: 'Try again' }).click()
    await expect(told).toHaveCount(0)
  }
})
