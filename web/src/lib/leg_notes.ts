/* What may become of a package's legs before and at their end, by how each of them settles. */
import type { Expiry } from '@/api/types.gen'
import { expiryKey, settlementOf } from '@/lib/chain/expiry'
import { day, number, strike } from '@/lib/format'
import type { Leg } from '@/state/draft'

export interface LegNote {
  id: 'noteAm' | 'noteTwoRoots' | 'noteSeveral' | 'noteAssignNow' | 'noteAssign' | 'noteDividend' | 'notePhysical' | 'noteCash'
  warn: boolean
  params: Record<string, string>
}

const nameOf = (leg: Leg) => `${leg.side === 'buy' ? '+' : '\u2212'}${leg.ratio} ${leg.right === 'call' ? 'C' : 'P'} ${strike(leg.strike_micros)}`
const list = (names: readonly string[]) => [...new Set(names)].join(', ')
const titleOf = (leg: Leg) => `${leg.root} ${day(leg.expiry)}`

/** By how much a leg is in the money; negative where it is out. */
function inTheMoney(leg: Leg, spot: number): number {
  return (leg.right === 'call' ? 1 : -1) * (spot - leg.strike_micros / 1e6)
}

/** What is worth saying, what bites first at the top. `mids` are of the legs, in their order. */
export function legNotes(legs: readonly Leg[], factsOf: (leg: Leg) => Expiry | null, spot: number | null, mids: readonly (number | null)[]): LegNote[] {
  const endsAs = (leg: Leg) => {
    const facts = factsOf(leg)
    return facts && settlementOf(facts)
  }
  const notes: LegNote[] = []
  const say = (id: LegNote['id'], warn: boolean, params: Record<string, string> = {}) => notes.push({ id, warn, params })

  legs.forEach((leg, i) => {
    if (leg.side !== 'sell' || endsAs(leg) !== 'physical' || spot === null) return
    const by = inTheMoney(leg, spot)
    if (by <= 0) return
    const mid = mids[i] ?? null
    say('noteAssignNow', true, { leg: nameOf(leg), by: number(by, 2), day: day(leg.expiry), left: number(mid === null ? null : Math.max(0, mid - by), 2) })
  })
  const short = legs.filter((leg) => leg.side === 'sell' && endsAs(leg) === 'physical')
  const out = short.filter((leg) => spot === null || inTheMoney(leg, spot) <= 0)
  if (out.length > 0) say('noteAssign', true, { legs: list(out.map(nameOf)) })
  const calls = short.filter((leg) => leg.right === 'call')
  if (calls.length > 0) say('noteDividend', true, { legs: list(calls.map(nameOf)), day: day(calls.map((leg) => leg.expiry).toSorted().at(-1) ?? '') })

  for (const leg of firstOfEach(legs)) if (endsAs(leg) === 'am') say('noteAm', true, { what: titleOf(leg), day: day(leg.expiry) })
  const days = [...new Set(legs.map((leg) => leg.expiry))].toSorted()
  if (days.length > 1) say('noteSeveral', true, { first: day(days[0] ?? ''), last: day(days.at(-1) ?? '') })
  for (const date of days) {
    const roots = new Set(legs.filter((leg) => leg.expiry === date).map((leg) => leg.root))
    if (roots.size > 1) say('noteTwoRoots', true, { roots: [...roots].join(' + '), day: day(date) })
  }
  const delivered = firstOfEach(legs).filter((leg) => endsAs(leg) === 'physical')
  if (delivered.length > 0) say('notePhysical', true, { what: list(delivered.map(titleOf)) })
  const paid = firstOfEach(legs).filter((leg) => ['am', 'pm'].includes(endsAs(leg) ?? ''))
  if (paid.length > 0) say('noteCash', false, { what: list(paid.map(titleOf)) })
  return notes
}

/** A leg of each expiry and root, in the order of their ends. */
function firstOfEach(legs: readonly Leg[]): Leg[] {
  return [...new Map(legs.map((leg) => [expiryKey(leg), leg])).values()].toSorted((a, b) => expiryKey(a).localeCompare(expiryKey(b)))
}
