import { expect, it } from 'vitest'
import { sessions } from './sessions'

const at = (text: string) => {
  const time = Date.parse(`${text}:00Z`) / 1000
  return { time, open: 1, high: 1, low: 1, close: 1, volume: null }
}

it('shades what is before the open and from the close on, and every other day', () => {
  const bars = ['2024-01-04T09:15', '2024-01-04T09:30', '2024-01-04T15:45', '2024-01-04T16:00', '2024-01-04T16:15', '2024-01-05T09:30', '2024-01-05T09:45', '2024-01-05T16:00', '2024-01-08T09:30'].map(at)
  expect(sessions(bars, '900').map((s) => [s.kind, new Date(s.from * 1000).toISOString().slice(5, 16), new Date(s.to * 1000).toISOString().slice(5, 16)])).toEqual([
    ['outside', '01-04T09:15', '01-04T09:15'],
    ['outside', '01-04T16:00', '01-04T16:15'],
    ['other', '01-05T09:30', '01-05T09:45'],
    ['outside', '01-05T16:00', '01-05T16:00'],
  ])
  expect(sessions(bars, 'day')).toEqual([])
})
