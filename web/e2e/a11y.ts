import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Rows that are like the rows before them: a few are enough, a thousand take axe a minute. */
const ALIKE = ['.chain-row:nth-child(n+7)', 'tbody tr:nth-child(n+7)']

/** WCAG 2.0 to 2.2, A and AA: nothing, or each finding with where it is. A second theme differs in colours alone. */
export async function expectAccessible(page: Page, coloursAlone = false): Promise<void> {
  let axe = new AxeBuilder({ page })
  axe = coloursAlone ? axe.withRules(['color-contrast']) : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
  for (const rows of ALIKE) axe = axe.exclude(rows)
  const { violations } = await axe.analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}: ${v.nodes[0]?.failureSummary ?? ''}`)).toEqual([])
}
