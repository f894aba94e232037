/* The 21-character name of a listed US option: root padded to 6, yymmdd, C or P, strike in mills. */
export type Right = 'call' | 'put'

export interface Contract {
  root: string
  /** "2026-11-20" */
  expiry: string
  right: Right
  strike_micros: number
}

export function parseOcc(text: string): Contract | null {
  const found = /^([A-Z0-9]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/.exec(text)
  if (!found) return null
  const [, root, yy, mm, dd, right, strike] = found as unknown as [string, string, string, string, string, string, string]
  return { root, expiry: `20${yy}-${mm}-${dd}`, right: right === 'C' ? 'call' : 'put', strike_micros: Number(strike) * 1000 }
}

export function formatOcc({ root, expiry, right, strike_micros }: Contract): string {
  const [year, month, date] = expiry.split('-') as [string, string, string]
  return `${root.padEnd(6)}${year.slice(2)}${month}${date}${right === 'call' ? 'C' : 'P'}${String(Math.round(strike_micros / 1000)).padStart(8, '0')}`
}
