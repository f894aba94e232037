/* What a draft is called: the names that traders use, where it has one. */
import type { Leg } from '@/state/draft'

export type StructureName =
  | 'single' | 'vertical' | 'straddle' | 'strangle' | 'riskReversal' | 'calendar' | 'diagonal' | 'ratio'
  | 'butterfly' | 'brokenWing' | 'ironCondor' | 'ironFly' | 'condor' | 'jadeLizard' | 'box' | 'package'

export function structureOf(legs: readonly Leg[]): StructureName {
  const sorted = [...legs].toSorted((a, b) => a.strike_micros - b.strike_micros || (a.right === 'put' ? -1 : 1))
  const rights = sorted.map((leg) => (leg.right === 'call' ? 'C' : 'P')).join('')
  const sides = sorted.map((leg) => (leg.side === 'buy' ? '+' : '-')).join('')
  const ratios = sorted.map((leg) => leg.ratio)
  const even = ratios.every((r) => r === 1)
  const oneExpiry = new Set(sorted.map((leg) => leg.expiry)).size === 1
  const strikes = sorted.map((leg) => leg.strike_micros)
  if (legs.length === 1) return 'single'
  if (legs.length === 2 && !oneExpiry) return strikes[0] === strikes[1] && rights[0] === rights[1] ? 'calendar' : 'diagonal'
  if (!oneExpiry) return 'package'
  const opposite = sides === '+-' || sides === '-+'
  if (legs.length === 2) {
    if (rights === 'CC' || rights === 'PP') return opposite ? (even ? 'vertical' : 'ratio') : 'package'
    if (!even) return 'package'
    if (opposite) return 'riskReversal'
    return strikes[0] === strikes[1] ? 'straddle' : 'strangle'
  }
  if (legs.length === 3 && (rights === 'CCC' || rights === 'PPP') && (sides === '+-+' || sides === '-+-') && ratios[1] === (ratios[0] ?? 0) + (ratios[2] ?? 0))
    return (strikes[1] ?? 0) * 2 === (strikes[0] ?? 0) + (strikes[2] ?? 0) ? 'butterfly' : 'brokenWing'
  if (legs.length === 3 && rights === 'PCC' && sides === '--+' && even) return 'jadeLizard'
  if (legs.length === 4 && even) {
    if (rights === 'PPCC' && (sides === '+--+' || sides === '-++-')) return strikes[1] === strikes[2] ? 'ironFly' : 'ironCondor'
    if ((rights === 'CCCC' || rights === 'PPPP') && (sides === '+--+' || sides === '-++-')) return 'condor'
    if (strikes[0] === strikes[1] && strikes[2] === strikes[3] && rights === 'PCPC') return 'box'
  }
  return 'package'
}
