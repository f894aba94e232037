import { expect, it, vi } from 'vitest'

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
const { actions, keysWith, refusal } = await import('./keymap')

it('gives each action keys of its own', () => {
  const keys = actions.map((action) => action.keys)
  expect(new Set(keys).size).toBe(keys.length)
  for (const action of actions) expect(refusal(action.id, action.keys, {}), action.id).toBeNull()
})

it('puts a person’s own keys before the table’s', () => {
  expect(keysWith({ buy: 'q' }).buy).toBe('q')
  expect(keysWith({ buy: 'q' }).sell).toBe('s')
})

it('refuses what browsers keep, what moves about, and what is taken', () => {
  expect(refusal('buy', 'Mod+Shift+b', {})).toEqual({ why: 'browser' })
  expect(refusal('buy', 'ArrowUp', {})).toEqual({ why: 'fixed' })
  expect(refusal('buy', 'Alt+3', {})).toEqual({ why: 'fixed' })
  expect(refusal('buy', 's', {})).toEqual({ why: 'taken', by: 'sell' })
  expect(refusal('buy', 's', { sell: 'x' })).toBeNull()
  expect(refusal('buy', 'g', {})).toMatchObject({ why: 'taken' })
  expect(refusal('buy', 'g x', {})).toBeNull()
})
