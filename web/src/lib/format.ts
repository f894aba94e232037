/*
 * Numbers as people read them: micro-dollars, prices by tick, Greeks, shares of one, ages, days.
 * Null is an em dash, never 0. The minus sign is U+2212, so that columns of figures line up.
 */
export const NONE = '—'
export const MINUS = '\u2212'

type Maybe = number | null | undefined

const formats = new Map<string, Intl.NumberFormat>()

function fixed(decimals: number): Intl.NumberFormat {
  const key = String(decimals)
  let format = formats.get(key)
  if (!format) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    formats.set(key, format)
  }
  return format
}

function known(value: Maybe): value is number {
  return value !== null && value !== undefined && Number.isFinite(value)
}

/** A plain number: 1,234.50, −3.0. */
export function number(value: Maybe, decimals = 0): string {
  if (!known(value)) return NONE
  const text = fixed(decimals).format(Math.abs(value))
  // What rounds to nothing has no sign.
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text
}

/** With its sign always: +1,234, −3, 0. */
export function signed(value: Maybe, decimals = 0): string {
  const text = number(value, decimals)
  return known(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

/** Dollars: $1,234, −$3.50. */
export function dollars(value: Maybe, decimals = 0): string {
  if (!known(value)) return NONE
  const text = number(value, decimals)
  return text.startsWith(MINUS) ? `${MINUS}$${text.slice(1)}` : `$${text}`
}

/** Gains and losses: +$1,234, −$88, $0. */
export function gain(value: Maybe, decimals = 0): string {
  const text = dollars(value, decimals)
  return known(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

export type GreekId = 'delta' | 'gamma' | 'theta' | 'vega'

/** A Greek of what is held, the same everywhere: shares with their sign, what a day and a point of vol bring in dollars. */
export function greek(id: GreekId, value: Maybe): string {
  if (id === 'theta' || id === 'vega') return gain(value)
  return signed(value, id === 'delta' ? 1 : 3)
}

export function fromMicros(micros: Maybe): number | null {
  return known(micros) ? micros / 1e6 : null
}

export function toMicros(value: number): number {
  return Math.round(value * 1e6)
}

/** A price in micro-dollars, to the cent or, where there is more, as exactly as it is. */
export function price(micros: Maybe, decimals = 2): string {
  return number(fromMicros(micros), decimals)
}

/** 0.1234 as 12.3 %. */
export function percent(value: Maybe, decimals = 1): string {
  return known(value) ? `${number(value * 100, decimals)}%` : NONE
}

export function signedPercent(value: Maybe, decimals = 2): string {
  return known(value) ? `${signed(value * 100, decimals)}%` : NONE
}

/** 1,234,567 as 1.23M: for open interest and volume. */
export function compact(value: Maybe): string {
  if (!known(value)) return NONE
  const size = Math.abs(value)
  if (size < 10_000) return number(value)
  if (size < 1e6) return `${number(value / 1e3, size < 1e5 ? 1 : 0)}k`
  return `${number(value / 1e6, size < 1e7 ? 2 : 1)}M`
}

/** A strike as it is spoken: 5000, 512.5. */
export function strike(micros: number): string {
  const value = micros / 1e6
  return Number.isInteger(value) ? String(value) : String(Math.round(value * 1000) / 1000)
}

/** "2024-06-21" as 21 Jun, with the year where it is not this one. */
export function day(text: string, year = false): string {
  const date = new Date(`${text}T12:00:00Z`)
  if (Number.isNaN(date.getTime())) return text
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC', ...(year ? { year: '2-digit' } : {}) })
}

export function weekday(text: string): string {
  const date = new Date(`${text}T12:00:00Z`)
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })
}

const EXCHANGE_ZONE = 'America/New_York'
let shownZone: string | undefined = EXCHANGE_ZONE

/** Times of the exchange, or of this machine. */
export function showZone(zone: 'exchange' | 'local'): void {
  shownZone = zone === 'local' ? undefined : EXCHANGE_ZONE
}

/** A moment as the chosen clock shows it: 09:31:07. */
export function clock(ns: Maybe, seconds = true): string {
  if (!known(ns)) return NONE
  return new Date(ns / 1e6).toLocaleTimeString('en-GB', {
    timeZone: shownZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
  })
}

export function moment(ns: Maybe): string {
  if (!known(ns)) return NONE
  const date = new Date(ns / 1e6)
  return `${date.toLocaleDateString('en-CA', { timeZone: shownZone })} ${clock(ns)}${shownZone ? ' ET' : ''}`
}

/** The same in the reader's own zone, for tooltips. */
export function localMoment(ns: Maybe): string {
  return known(ns) ? new Date(ns / 1e6).toLocaleString() : NONE
}

/** How long ago, short: 0.4 s, 12 s, 3 min, 2 h, 5 d. */
export function age(ms: Maybe): string {
  if (!known(ms)) return NONE
  const s = Math.max(0, ms) / 1000
  if (s < 10) return `${s.toFixed(1)} s`
  if (s < 90) return `${Math.round(s)} s`
  if (s < 5400) return `${Math.round(s / 60)} min`
  if (s < 129_600) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86_400)} d`
}

export function bytes(value: Maybe): string {
  if (!known(value)) return NONE
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = value
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${number(size, unit === 0 || size >= 100 ? 0 : 1)} ${units[unit]}`
}

/** Class of a gain or a loss, by sign; nothing for 0 or what is not known. */
export function tone(value: Maybe): string {
  if (!known(value) || value === 0) return ''
  return value > 0 ? 'text-up' : 'text-down'
}

export function arrow(value: Maybe): string {
  if (!known(value) || value === 0) return ''
  return value > 0 ? '▲' : '▼'
}
