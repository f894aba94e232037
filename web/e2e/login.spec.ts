import { expect, test, type Page } from '@playwright/test'
import { complaints, firstRun, LOGIN, logIn, PASSWORD } from './desk'
import { startServer, type Server } from './server'
import { totp } from './totp'

let server: Server

test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(() => server.remove())

async function ask(page: Page, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ([method, path, body]) => {
      const me = (await (await fetch('/api/v1/auth/me')).json()) as { csrf_token: string }
      const answer = await fetch(path as string, {
        method: method as string,
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf_token },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      const text = await answer.text()
      return (text ? JSON.parse(text) : {}) as Record<string, unknown>
    },
    [method, path, body] as const,
  )
}

test('the first run makes the admin, and the way is closed behind', async ({ page }) => {
  const bad = complaints(page)
  await page.goto(server.url)
  await expect(page.getByText('Open the whole address')).toBeVisible()
  await page.goto(`${server.url}/setup#wrong-token`)
  await page.reload()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make account' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await firstRun(page, server)
  expect(new URL(page.url()).pathname).toBe('/desk')
  expect(bad).toEqual([])
})

test('a wrong password is told, the right one leads where one wanted to go', async ({ page }) => {
  await page.goto(`${server.url}/chain`)
  await page.getByLabel('Name').fill(LOGIN)
  await page.getByLabel('Password').fill('not the password at all')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
  expect(new URL(page.url()).pathname).toBe('/chain')
})

test('a session that ends elsewhere is asked for again above the screen', async ({ page }) => {
  await logIn(page, server, '/orders')
  const { items } = (await ask(page, 'GET', '/api/v1/auth/sessions')) as { items: { id: string; is_this: boolean }[] }
  await ask(page, 'DELETE', `/api/v1/auth/sessions/${items.find((s) => s.is_this)?.id}`)
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await expect(dialog).toBeVisible()
  await dialog.getByLabel('Password').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await expect(dialog).toBeHidden()
  expect(new URL(page.url()).pathname).toBe('/orders')
})

test('with a second factor the code of the app is asked for', async ({ page }) => {
  await logIn(page, server)
  const { secret } = await ask(page, 'POST', '/api/v1/auth/totp/enrol')
  const made = await ask(page, 'POST', '/api/v1/auth/totp/confirm', { code: totp(String(secret)) })
  expect(made.codes).toHaveLength(10)

  await page.getByRole('button', { name: 'Menu' }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await page.getByLabel('Name').fill(LOGIN)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('Code').fill('000000')
  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  // The code that confirmed has been used; the next one is taken too.
  await page.getByLabel('Code').fill(totp(String(secret), 1))
  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByText('PAPER', { exact: true })).toBeVisible()
})
