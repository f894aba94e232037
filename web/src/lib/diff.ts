/* What changed between two texts, line by line: the longest common subsequence, which a reader follows best. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed'
  text: string
  /** Numbers in the old and the new text, from 1; null where the line is not in it. */
  old: number | null
  new: number | null
}

const LINES_MAX = 2000

export function diff(before: string, after: string): DiffLine[] {
  const a = before.replace(/\n$/, '').split('\n').slice(0, LINES_MAX)
  const b = after.replace(/\n$/, '').split('\n').slice(0, LINES_MAX)
  const width = b.length + 1
  // longest[i * width + j]: of a from i and b from j.
  const longest = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? (longest[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) lines.push({ kind: 'same', text: a[i] as string, old: ++i, new: ++j })
    else if (i < a.length && (j === b.length || (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))) lines.push({ kind: 'removed', text: a[i] as string, old: ++i, new: null })
    else lines.push({ kind: 'added', text: b[j] as string, old: null, new: ++j })
  }
  return lines
}

/** Only what changed and `around` lines beside it; null stands for a gap. */
export function hunks(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some((line) => line.kind !== 'same'))
  const shown: (DiffLine | null)[] = []
  lines.forEach((line, at) => {
    if (near[at]) shown.push(line)
    else if (shown.length > 0 && shown.at(-1) !== null) shown.push(null)
  })
  if (shown.at(-1) === null) shown.pop()
  return shown
}
