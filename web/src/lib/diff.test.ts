import { describe, expect, it } from 'vitest'
import { diff, hunks } from './diff'

const marks = (before: string, after: string) => diff(before, after).map((line) => ({ same: ' ', added: '+', removed: '-' })[line.kind] + line.text)

describe('diff', () => {
  it('keeps what is common and numbers both sides', () => {
    expect(marks('a\nb\nc\n', 'a\nx\nc\n')).toEqual([' a', '-b', '+x', ' c'])
    expect(diff('a\nb\n', 'b\n').map((l) => [l.old, l.new])).toEqual([
      [1, null],
      [2, 1],
    ])
  })
  it('gives either text back', () => {
    const before = 'legs:\n  - put\n  - call\nexit: 50\n'
    const after = 'name: x\nlegs:\n  - call\n  - put\nexit: 40\n'
    const lines = diff(before, after)
    expect(lines.filter((l) => l.kind !== 'added').map((l) => l.text).join('\n') + '\n').toBe(before)
    expect(lines.filter((l) => l.kind !== 'removed').map((l) => l.text).join('\n') + '\n').toBe(after)
  })
  it('says nothing of equal texts', () => {
    expect(hunks(diff('a\nb', 'a\nb'))).toEqual([])
  })
  it('leaves out what is far from a change', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n')
    const shown = hunks(diff(before, before.replace('line 2\n', '').replace('line 18', 'changed')), 1)
    expect(shown.filter((line) => line === null)).toHaveLength(1)
    expect(shown.some((line) => line?.text === 'line 10')).toBe(false)
  })
})
