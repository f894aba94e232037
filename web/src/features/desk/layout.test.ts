import { expect, it, vi } from 'vitest'

vi.mock('./panels', () => ({ panelIds: ['market', 'chart', 'positions'] }))
const { readLayout } = await import('./layout')

const good = { version: 1, preset: 'hobby', dock: { grid: {}, panels: { chart: { id: 'chart', contentComponent: 'chart' } } } }

it('reads what it wrote, and nothing else, whatever JSON it is', () => {
  expect(readLayout(good)).toBe(good)
  const wrong: unknown[] = [
    null, 1, 'text', [], {}, { ...good, version: 2 }, { ...good, preset: 'mine' }, { ...good, dock: null }, { ...good, dock: {} }, { ...good, dock: { grid: {}, panels: {} } },
    { ...good, dock: { grid: {}, panels: { x: { contentComponent: 'gone' } } } }, { ...good, dock: { grid: {}, panels: { x: null } } },
  ]
  for (const value of wrong) expect(readLayout(value)).toBeNull()
})
