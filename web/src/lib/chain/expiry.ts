/* Which expiry is meant. On a third Friday two roots end: SPX at the opening, SPXW at the close. A date alone names the first of them. */
import type { Expiry } from '@/api/types.gen'

/** An expiry of a root; two of them may be of one day. */
export interface ExpiryId {
  expiry: string
  root: string
}

export const expiryKey = ({ expiry, root }: ExpiryId) => `${expiry} ${root}`

/** By its key, or by its date, as older links have it. */
export function findExpiry(expiries: readonly Expiry[], key: string | null): Expiry | undefined {
  if (!key) return undefined
  return expiries.find((e) => expiryKey(e) === key) ?? expiries.find((e) => e.expiry === key)
}

/** Another root ends on the same day: the date does not say which is meant. */
export function shareDay(expiries: readonly Expiry[], { expiry, root }: ExpiryId): boolean {
  return expiries.some((e) => e.expiry === expiry && e.root !== root)
}

export type Settlement = 'am' | 'pm' | 'physical'

/** What it ends as. Every American contract that is listed here delivers shares; the European ones pay cash. */
export function settlementOf({ settle, style }: Pick<Expiry, 'settle' | 'style'>): Settlement {
  return style === 'american' ? 'physical' : settle
}
