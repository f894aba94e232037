import { expect, it, vi } from 'vitest'

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
vi.stubGlobal('window', { addEventListener: () => undefined })
const { deskNews } = await import('./news')

it('says that the desk stops at once, that it goes on calmly, and nothing of what was so before', () => {
  expect(deskNews(null, { state: 'halted', text: 'a person' })).toBeNull()
  expect(deskNews('normal', { state: 'normal', text: '' })).toBeNull()
  expect(deskNews('normal', { state: 'killed', text: 'by admin' })).toEqual({ text: 'The desk is killed. by admin', urgent: true })
  expect(deskNews('halted', { state: 'reduce_only', text: '' })).toMatchObject({ urgent: true })
  expect(deskNews('halted', { state: 'normal', text: '' })).toMatchObject({ urgent: false })
  expect(deskNews('recovering', { state: 'normal', text: '' })).toBeNull()
})
