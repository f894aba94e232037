/* What lies on a chart, as the address has it: with=sma50,rsi,move. A name alone has its usual length. */
import { INDICATORS, type Indicator } from './picture'

/** Over how many bars, where it is not said. What has no length of its own is not here. */
export const USUAL = { sma: 20, ema: 50, bands: 20, rsi: 14, vol: 20 } as const
export type Timed = keyof typeof USUAL
export type Lengths = Readonly<Record<Timed, number>>

export const LENGTH_LEAST = 2
export const LENGTH_MOST = 500
/** With nothing in the address. */
const FIRST = 'sma20'

export interface With {
  indicators: Indicator[]
  lengths: Lengths
  /** The expected move. */
  move: boolean
}

export function isTimed(id: string): id is Timed {
  return id in USUAL
}

export function parseWith(text: string | null): With {
  const lengths: Record<Timed, number> = { ...USUAL }
  const names = new Set<string>()
  for (const word of (text ?? FIRST).split(',')) {
    const [, name = '', length] = /^([a-z]+)(\d+)?$/.exec(word) ?? []
    names.add(name)
    const n = Number(length)
    if (isTimed(name) && n >= LENGTH_LEAST && n <= LENGTH_MOST) lengths[name] = n
  }
  return { indicators: INDICATORS.filter((id) => names.has(id)), lengths, move: names.has('move') }
}

/** For the address; nothing at all is a word too, as without one the first look comes back. */
export function writeWith({ indicators, lengths, move }: With): string {
  const words = indicators.map((id) => (isTimed(id) ? `${id}${lengths[id]}` : id))
  return [...words, ...(move ? ['move'] : [])].join(',') || 'none'
}
