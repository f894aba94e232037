/* Which entries of the trail are asked for: what stands in the address, as the server takes it. */

export interface Filter {
  who: string
  event: string
  find: string
  /** As the browser writes a moment, in its own zone: 2026-11-20T15:30. */
  from: string
  to: string
}

export const NO_FILTER: Filter = { who: '', event: '', find: '', from: '', to: '' }

/** The word for what no person did. */
export const PROGRAM = 'program'

/** Nanoseconds since 1970; undefined where it is no moment. */
export function nanos(local: string): number | undefined {
  const ms = local ? new Date(local).getTime() : NaN
  return Number.isFinite(ms) ? ms * 1e6 : undefined
}

/** A moment as an input of the browser wants it, to the second, in its own zone. */
export function localInput(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return at.toISOString().slice(0, 19)
}

export type Query = { user?: string; event?: string; text?: string; from_ns?: number; to_ns?: number }

export function queryOf(filter: Filter): Query {
  return {
    user: filter.who || undefined,
    event: filter.event || undefined,
    text: filter.find.trim() || undefined,
    from_ns: nanos(filter.from),
    to_ns: nanos(filter.to),
  }
}

/** The other way round: nothing could be between. */
export function isBackwards(filter: Filter): boolean {
  const from = nanos(filter.from)
  const to = nanos(filter.to)
  return from !== undefined && to !== undefined && from >= to
}

/** Events by what stands before the dot, each family with a choice of all of it. */
export function eventChoices(events: readonly string[], all: string, allOf: (family: string) => string): { value: string; label: string }[] {
  const families = new Map<string, string[]>()
  for (const event of events) {
    const family = event.split('.', 1)[0] ?? event
    families.set(family, [...(families.get(family) ?? []), event])
  }
  return [
    { value: '', label: all },
    ...[...families].flatMap(([family, of]) => [...(of.length > 1 ? [{ value: family, label: allOf(family) }] : []), ...of.map((event) => ({ value: event, label: event }))]),
  ]
}

/** Whose eyes, and when, as it stands in the address: e12 an entry, ID@MS somebody at a moment. */
export type Question = { entry: number } | { user_id: string; at_ms: number }

export function questionText(question: Question): string {
  return 'entry' in question ? `e${question.entry}` : `${question.user_id}@${question.at_ms}`
}

export function questionOf(text: string | null): Question | null {
  const entry = /^e([1-9]\d*)$/.exec(text ?? '')
  if (entry) return { entry: Number(entry[1]) }
  const person = /^([a-z0-9]{1,16})@([1-9]\d{0,14})$/.exec(text ?? '')
  return person?.[1] && person[2] ? { user_id: person[1], at_ms: Number(person[2]) } : null
}
