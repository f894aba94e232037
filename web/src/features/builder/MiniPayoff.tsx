import { memo } from 'react'
import { profit } from '@/lib/payoff/payoff'
import type { Structure } from '@/lib/structures'

const SPOT = 100
const MOVE = 8

/** The shape of a structure, drawn from its own row: nothing to keep in step by hand. */
export const MiniPayoff = memo(function MiniPayoff({ structure }: { structure: Structure }) {
  const end = 0.1
  const legs = structure.parts.map((part) => ({
    isCall: part.right === 'call',
    strike: SPOT + part.at * MOVE,
    quantity: (part.side === 'buy' ? 1 : -1) * (part.ratio ?? 1),
    multiplier: 1,
    years: part.later ? end * 2 : end,
    vol: 0.25,
    carry: 1,
    discount: 1,
    entry: 0,
  }))
  const xs = Array.from({ length: 61 }, (_, i) => SPOT + (i / 30 - 1) * MOVE * 2.4)
  const raw = xs.map((x) => profit(legs, x, end))
  const cost = xs.reduce((sum, x, i) => sum + (raw[i] as number) * Math.exp(-(((x - SPOT) / MOVE) ** 2) / 2), 0) / xs.reduce((sum, x) => sum + Math.exp(-(((x - SPOT) / MOVE) ** 2) / 2), 0)
  const values = raw.map((v) => v - cost)
  const size = Math.max(...values.map(Math.abs)) || 1
  const px = (i: number) => (i / 60) * 56 + 2
  const py = (v: number) => 14 - (v / size) * 11
  const line = values.map((v, i) => `${i ? 'L' : 'M'}${px(i).toFixed(1)} ${py(v).toFixed(1)}`).join('')
  return (
    <svg viewBox="0 0 60 28" className="h-7 w-full" aria-hidden="true">
      <line x1="2" x2="58" y1="14" y2="14" stroke="var(--line-strong)" strokeWidth="0.75" />
      <path d={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  )
})
