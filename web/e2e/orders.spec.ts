import { expect, test, type Locator } from '@playwright/test'
import { expectAccessible } from './a11y'
import { firstRun, logIn, sellBullPut, stageBullPut, SYMBOL } from './desk'
import { tabTo } from './keys'
import { startServer, type Server } from './server'

let server: Server

/** A dialog that is just opening takes the focus to itself: a key pressed then is nobody's. */
async function stepUp(field: Locator): Promise<void> {
  const before = await field.inputValue()
  await expect(async () => {
    await field.press('ArrowUp')
    expect(await field.inputValue()).not.toBe(before)
  }).toPass()
}

test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(() => server.remove())

test('the chain by keyboard: cells, expiries, the filter, and staging a leg', async ({ page }) => {
  await firstRun(page, server)
  await page.goto(`${server.url}/chain?symbol=${SYMBOL}`)
  const grid = page.getByRole('grid')
  await expect(grid.locator('.chain-atm .chain-bid').first()).not.toHaveText('')
  await tabTo(page, grid)
  await page.keyboard.press('ArrowDown')
  const one = await grid.getAttribute('aria-activedescendant')
  await expect(page.locator(`#${one}`)).toHaveClass(/chain-active/)
  await page.keyboard.press('ArrowRight')
  const two = await grid.getAttribute('aria-activedescendant')
  expect(two).not.toBe(one)
  await page.keyboard.press('Home')
  await page.keyboard.press('Home')
  await expect(page.locator(`#${await grid.getAttribute('aria-activedescendant')}`).locator('xpath=..')).toHaveClass(/chain-atm/)

  await page.keyboard.press('b')
  await expect(page.getByRole('button', { name: 'Ticket: 1 leg' })).toBeVisible()
  await expect(grid.locator('.chain-staged')).toHaveCount(1)
  // The opposite of a leg takes it away again.
  await page.keyboard.press('s')
  await expect(grid.locator('.chain-staged')).toHaveCount(0)
  // So does Del.
  await page.keyboard.press('b')
  await expect(grid.locator('.chain-staged')).toHaveCount(1)
  await page.keyboard.press('Delete')
  await expect(grid.locator('.chain-staged')).toHaveCount(0)

  const before = await page.getByRole('radio', { checked: true, name: /\d+d/ }).innerText()
  await page.keyboard.press(']')
  await expect(page.getByRole('radio', { checked: true, name: /\d+d/ })).not.toHaveText(before)

  await expect(grid.locator('.chain-atm .chain-bid').first()).not.toHaveText('')
  const all = Number(await grid.getAttribute('aria-rowcount'))
  await page.getByLabel('Filter').fill('delta<0.3 delta>0.1')
  await expect.poll(async () => Number(await grid.getAttribute('aria-rowcount'))).toBeLessThan(all)
  await page.getByLabel('Filter').fill('colour>3')
  await expect(page.getByText('“colour>3” is no filter')).toBeVisible()
})

test('an order that waits is changed by the arrows, then canceled', async ({ page }) => {
  await logIn(page, server)
  await sellBullPut(page, server, 1.4)

  await page.goto(`${server.url}/orders`)
  const row = page.getByRole('table', { name: 'Working' }).getByRole('row').filter({ hasText: SYMBOL })
  await expect(row).toHaveCount(1)
  const old = await row.getByRole('cell').nth(4).innerText()
  await row.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  const ask = dialog.getByRole('button', { name: /^Ask for/ })
  await expect(ask).toHaveAttribute('aria-disabled', 'true')
  await stepUp(dialog.getByLabel(/^Limit/))
  await expect(dialog.getByRole('region', { name: 'The desk’s verdict' })).toBeVisible()
  await expect(ask).not.toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel(/^Limit/).press('Enter')
  await expect(dialog).toBeHidden()
  await expect(row.getByRole('cell').nth(4)).not.toHaveText(old)

  await row.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('No working orders')).toBeVisible()
  await page.getByRole('tab', { name: 'All' }).click()
  await page.getByRole('row').filter({ hasText: 'canceled' }).click()
  await expect(page.getByRole('dialog').getByText('History')).toBeVisible()
})

test('what was sent and not answered is one order, also after a reload; it is canceled where it was sent', async ({ page }) => {
  await logIn(page, server)
  const made = () => page.evaluate(async () => ((await (await fetch('/api/v1/orders?limit=200')).json()) as { items: unknown[] }).items.length)
  const before = await made()
  const ticket = await stageBullPut(page, server, 1.5)
  // The desk takes it, and its answer is lost on the way.
  await page.route('**/api/v1/orders', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ }).click()
  await expect(ticket.getByText('Sent, and no answer has come')).toBeVisible()
  await page.unroute('**/api/v1/orders')
  await page.reload()
  await page.getByRole('button', { name: 'Ticket: 2 legs' }).click()
  await expect(ticket.getByText('Sent, and no answer has come')).toBeVisible()
  await expectAccessible(page)
  await ticket.getByRole('button', { name: 'Ask the same once more' }).click()
  await expect(ticket.getByText('Sent. The desk has it: working')).toBeVisible()
  expect(await made()).toBe(before + 1)

  await page.route('**/cancel', (route) => route.abort())
  await ticket.getByRole('button', { name: 'Cancel this order' }).click()
  await expect(ticket.getByRole('alert')).toContainText('was not canceled')
  // In Orders it stays said, until somebody has seen to it.
  await page.goto(`${server.url}/orders`)
  await page.getByRole('table', { name: 'Working' }).getByRole('button', { name: 'Cancel' }).click()
  const problem = page.getByRole('alert').filter({ hasText: 'was not canceled' })
  await expect(problem.getByText('Code no_connection')).toBeVisible()
  await expect(problem.getByRole('button', { name: 'Copy' })).toBeVisible()
  await expectAccessible(page)
  await page.unroute('**/cancel')
  await problem.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('No working orders')).toBeVisible()
  await expect(problem).toBeHidden()

  await stageBullPut(page, server, 1.5)
  await ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ }).click()
  await ticket.getByRole('button', { name: 'Cancel this order' }).click()
  await expect(ticket.getByText('Sent. The desk has it: canceled')).toBeVisible()
})

test('nothing leaves, and nothing looks live, while the server is not heard', async ({ page }) => {
  await logIn(page, server)
  const made = () => page.evaluate(async () => ((await (await fetch('/api/v1/orders?limit=200')).json()) as { items: unknown[] }).items.length)
  const before = await made()
  const ticket = await stageBullPut(page, server, 1.5)
  const send = ticket.getByRole('button', { name: /^Sell 1 vertical, credit/ })
  await expect(send).not.toHaveAttribute('aria-disabled', 'true')
  server.freeze()
  try {
    await expect(send).toHaveAttribute('aria-disabled', 'true', { timeout: 3500 })
    await expect(ticket.getByText('No connection: what stands here may no longer hold')).toBeVisible()
    await expect(ticket.locator('.stale').filter({ hasText: 'Every gate lets it through' })).toBeVisible()
    await expect(ticket.locator('li .stale').first()).toBeVisible()
    await send.click({ force: true })
    await expect(page.getByRole('alert')).toContainText('No connection for')
    await expectAccessible(page)
  } finally {
    server.thaw()
  }
  await expect(send).not.toHaveAttribute('aria-disabled', 'true')
  await expect(ticket.locator('.stale')).toHaveCount(0)
  expect(await made()).toBe(before)
  await ticket.getByRole('button', { name: 'Clear' }).click()
})

test('an order is found by name and opens; a word of a figure is explained', async ({ page }) => {
  await logIn(page, server)
  await sellBullPut(page, server, 3)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find' }).fill('Order')
  await page.getByRole('option', { name: /^Order \d+: / }).first().click()
  await expect(page.getByRole('dialog', { name: /^Order / })).toBeVisible()
  await expect(page).toHaveURL(/\/orders\?.*order=\d+/)
  // Its address is the order.
  await page.reload()
  await expect(page.getByRole('dialog', { name: /^Order / })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/order=\d/)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find' }).fill('profit factor')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Profit factor' })).toContainText('What winning trades made')
  await page.keyboard.press('Escape')
  await page.getByRole('table', { name: 'Working' }).getByRole('button', { name: 'Cancel' }).first().click()
})

test('an order brings its way out along, which waits for it and ends with it', async ({ page }) => {
  await logIn(page, server)
  const ticket = await stageBullPut(page, server, 1.6) // far from the market: it rests
  await ticket.getByLabel('Bring a way out along').press('Space')
  const price = (what: string) => ticket.getByRole('group', { name: what }).getByLabel('Close for a debit of')
  const [low, high] = [Number(await price('Take profit').inputValue()), Number(await price('Stop the loss').inputValue())]
  expect(high).toBeGreaterThan(2 * low)
  // A target above what it opens at is no profit: said beside the price, and by the desk.
  await price('Take profit').fill(high.toFixed(2))
  await price('Take profit').press('Enter')
  await expect(ticket.getByText('No profit: it would close on the wrong side of what it opens at')).toBeVisible()
  await expect(ticket.getByText(/exits: to close for the target costs/).first()).toBeVisible()
  await price('Take profit').fill(low.toFixed(2))
  await price('Take profit').press('Enter')
  await ticket.getByRole('button', { name: /^Sell 1 / }).click()
  await expect(ticket.getByText(/Sent\. The desk has it/)).toBeVisible()

  await page.goto(`${server.url}/orders`)
  const working = page.getByRole('table', { name: 'Working' }).getByRole('row')
  const exits = working.filter({ hasText: 'staged' })
  await expect(exits).toHaveCount(2)
  await expect(exits.filter({ hasText: 'target of order' }).filter({ hasText: `${low.toFixed(2)} debit` })).toHaveCount(1)
  await expect(exits.filter({ hasText: 'stop of order' }).filter({ hasText: `stop ${high.toFixed(2)} debit` })).toHaveCount(1)
  await expect(exits.first().getByRole('button', { name: 'Change' })).toHaveAttribute('aria-disabled', 'true')
  await working.filter({ hasText: SYMBOL }).filter({ hasNotText: 'staged' }).getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('No working orders')).toBeVisible()
})

test('a position gets a target and a stop, of which one ends the other', async ({ page }) => {
  await logIn(page, server)
  await sellBullPut(page, server, 1)

  await page.goto(`${server.url}/positions`)
  const row = page.getByRole('table', { name: 'Positions' }).getByRole('row').filter({ hasText: SYMBOL })
  await expect(row).toHaveCount(1)
  await row.getByRole('button', { name: 'Exit…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText(/it breaks even at .* debit/)).toBeVisible()
  const price = (what: string) => dialog.getByRole('group', { name: what }).getByLabel('Close for a debit of')
  const [target, stop] = [price('Take profit'), price('Stop the loss')]
  const [low, high] = [Number(await target.inputValue()), Number(await stop.inputValue())]
  expect(high).toBeGreaterThan(2 * low)
  // A stop below the market would fill at once: the page says so and does not send it.
  await stop.fill('0.01')
  await stop.press('Enter')
  await expect(dialog.getByText('The market is past it: it would fill at once').first()).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Send target and stop' })).toHaveAttribute('aria-disabled', 'true')
  await stop.fill(high.toFixed(2))
  await stop.press('Enter')
  // Both are judged before they can be sent.
  await expect(dialog.getByText('Every gate lets it through')).toHaveCount(2)
  await dialog.getByRole('button', { name: 'Send target and stop' }).click()
  await expect(dialog).toBeHidden()
  await expect(row.getByText('2 orders at work')).toBeVisible()

  await page.goto(`${server.url}/orders`)
  const pair = page.getByRole('table', { name: 'Working' }).getByRole('row').filter({ hasText: 'one of a pair' })
  await expect(pair).toHaveCount(2)
  await expect(pair.filter({ hasText: `${low.toFixed(2)} debit` })).toHaveCount(1)
  const stops = pair.filter({ hasText: `stop ${high.toFixed(2)} debit` })
  await stops.getByRole('button', { name: 'Change' }).click()
  await stepUp(dialog.getByLabel(/^Stop/))
  await expect(dialog.getByRole('button', { name: /^Ask for/ })).not.toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel(/^Stop/).press('Enter')
  await expect(dialog).toBeHidden()
  await expect(stops).toHaveCount(0)
  await pair.first().getByRole('button', { name: 'Cancel' }).click()
  await expect(pair).toHaveCount(1)
  await pair.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('No working orders')).toBeVisible()

  // A close that fails is said where it was asked for, and asked once more by the same button.
  await page.goto(`${server.url}/positions`)
  await page.route('**/close', (route) => route.abort())
  await row.getByRole('button', { name: 'Close', exact: true }).click()
  const close = dialog.getByRole('button', { name: /^Close SPY .* vertical .*: (pay|receive) about/ })
  await close.click()
  await expect(dialog.getByRole('alert')).toContainText('was not closed')
  await expect(dialog.getByText('Code no_connection')).toBeVisible()
  await expectAccessible(page)
  await page.unroute('**/close')
  await close.click()
  await expect(row).toHaveCount(0)
})
