import type { Expiry } from '@/api/types.gen'
import { chain as t } from '@/i18n/en/chain'
import { settlementOf, shareDay } from '@/lib/chain/expiry'
import { day, percent } from '@/lib/format'

/** An expiry in a list of them: with its root where the day has two, and how it settles. */
export function expiryText(e: Expiry, all: readonly Expiry[]): string {
  return [day(e.expiry, true), ...(shareDay(all, e) ? [e.root] : []), t(settlementOf(e)), `${e.days}d`, percent(e.atm_vol)].join(' · ')
}
