import { expect, type Locator, type Page } from '@playwright/test'

/** Tab until it has the focus: what cannot be reached by key cannot be used by key. */
export async function tabTo(page: Page, wanted: Locator, most = 120): Promise<void> {
  await expect(wanted).toBeVisible()
  for (let i = 0; i < most; i++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${String(wanted)} was not reached by ${most} times Tab`)
}
