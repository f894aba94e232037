/* Panels by key: those in sight, from the top left on, whatever screen they are of. */
const PANELS = 'main :is(section[aria-labelledby], section[aria-label], article > section, .dv-groupview, [role=tabpanel], [role=grid], aside), #root aside[aria-label]'
const FOCUSABLE = 'button, a[href], input, select, textarea, [tabindex="0"]'

interface Box {
  top: number
  left: number
}

/** As one reads: rows first, then along them. What stands a few pixels higher stands in the same row. */
export function inReadingOrder<T extends { box: Box }>(all: readonly T[]): T[] {
  const SAME_ROW = 8
  return all.toSorted((a, b) => (Math.abs(a.box.top - b.box.top) > SAME_ROW ? a.box.top - b.box.top : a.box.left - b.box.left))
}

/** Which comes next; from none of them the first, or the last when going back. */
export function nextOf(count: number, at: number, by: 1 | -1): number {
  if (at < 0) return by > 0 ? 0 : count - 1
  return (at + by + count) % count
}

function panelsInSight(): HTMLElement[] {
  const all = [...document.querySelectorAll<HTMLElement>(PANELS)].filter((panel) => panel.getClientRects().length > 0)
  // The outermost of each: a panel within a panel is a part of it.
  const outer = all.filter((panel) => !all.some((other) => other !== panel && other.contains(panel)))
  return inReadingOrder(outer.map((panel) => ({ panel, box: panel.getBoundingClientRect() }))).map(({ panel }) => panel)
}

function enter(panel: HTMLElement | undefined): void {
  if (!panel) return
  const isNamed = panel.hasAttribute('aria-label') || panel.hasAttribute('aria-labelledby')
  const target = isNamed ? panel : (panel.querySelector<HTMLElement>(`.dv-content-container :is(${FOCUSABLE})`) ?? panel.querySelector<HTMLElement>(FOCUSABLE) ?? panel)
  if (!target.hasAttribute('tabindex') && !target.matches(FOCUSABLE)) target.tabIndex = -1
  target.focus()
  target.scrollIntoView({ block: 'nearest' })
}

export function stepPanel(by: 1 | -1): void {
  const panels = panelsInSight()
  if (panels.length > 0) enter(panels[nextOf(panels.length, panels.findIndex((panel) => panel.contains(document.activeElement)), by)])
}

export function goToPanel(number: number): void {
  enter(panelsInSight()[number - 1])
}
