import type { Expiry } from '@/api/types.gen'
import { builder as t } from '@/i18n/en/builder'
import { Icon } from '@/components/ui'
import { useExpiryFacts } from '@/lib/chain/source'
import type { DraftMarket } from '@/lib/draft_market'
import { legNotes } from '@/lib/leg_notes'
import type { Leg } from '@/state/draft'
import { useSteady } from './steady'

/** Assignment and settlement, leg by leg: what may happen before the end, and at it. */
export function Notes({ legs, market, expiries }: { legs: readonly Leg[]; market: DraftMarket; expiries: readonly Expiry[] }) {
  const factsOf = useExpiryFacts(expiries)
  const key = JSON.stringify(legs)
  // A sentence with figures that jump cannot be read.
  const notes = useSteady(legNotes(legs, factsOf, market.spot, market.quotes.map((quote) => quote?.mid ?? null)), `${key} ${expiries.length} ${market.spot !== null}`)
  return (
    <section aria-label={t('notes')} className="border-t border-line p-3">
      <ul className="grid gap-1.5 text-xs text-muted">
        {notes.map((note) => (
          <li key={`${note.id} ${note.params.leg ?? note.params.what ?? ''}`} className="flex gap-2">
            <Icon name={note.warn ? 'warn' : 'check'} size={14} className={note.warn ? 'mt-0.5 shrink-0 text-warn' : 'mt-0.5 shrink-0 text-up'} />
            <span>{t(note.id, note.params)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
