import { describe, expect, test } from 'vitest'
import { eventChoices, isBackwards, localInput, nanos, NO_FILTER, questionOf, questionText, queryOf } from './filter'

describe('filters of the trail', () => {
  test('what is empty is not asked for', () => {
    expect(queryOf(NO_FILTER)).toEqual({ user: undefined, event: undefined, text: undefined, from_ns: undefined, to_ns: undefined })
    expect(queryOf({ ...NO_FILTER, find: '  condor ' }).text).toBe('condor')
  })

  test('a moment is written and read back to the second, in the zone of the browser', () => {
    const ms = Date.UTC(2026, 10, 20, 15, 30, 12)
    expect(nanos(localInput(ms))).toBe(ms * 1e6)
    expect(nanos('yesterday')).toBeUndefined()
  })

  test('from before to', () => {
    expect(isBackwards({ ...NO_FILTER, from: '2026-11-20T10:00', to: '2026-11-20T09:00' })).toBe(true)
    expect(isBackwards({ ...NO_FILTER, from: '2026-11-20T10:00' })).toBe(false)
  })

  test('events come by family, one that stands alone without a choice of all', () => {
    const choices = eventChoices(['auth.login', 'desk.place', 'desk.kill'], 'All', (family) => `all ${family}`)
    expect(choices.map((c) => c.value)).toEqual(['', 'auth.login', 'desk', 'desk.place', 'desk.kill'])
    expect(choices[2]?.label).toBe('all desk')
  })

  test('a question survives the address, and nonsense asks nothing', () => {
    for (const question of [{ entry: 12 }, { user_id: 'k2f5abc', at_ms: 1795185000123 }]) expect(questionOf(questionText(question))).toEqual(question)
    for (const text of [null, '', 'e0', 'e1x', 'ann@', '@12', 'a b@12', 'k2f@-1']) expect(questionOf(text)).toBeNull()
  })
})
