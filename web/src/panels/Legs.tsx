import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react'
import type { Expiry } from '@/api/types.gen'
import { chain } from '@/i18n/en/chain'
import type { FactId } from '@/i18n/en/facts'
import { orders as t } from '@/i18n/en/orders'
import { cx, Help, IconButton, NumberInput, Select } from '@/components/ui'
import { expiryKey, findExpiry, settlementOf, shareDay } from '@/lib/chain/expiry'
import type { DraftMarket } from '@/lib/draft_market'
import { useStale } from '@/lib/age'
import { placed, stepped, type Placed } from '@/lib/edit_legs'
import { day, number, percent, strike } from '@/lib/format'
import { legWords } from '@/lib/order_words'
import { useDraft, type Leg } from '@/state/draft'
import { StrikeInput } from './StrikeInput'

interface Props {
  market: DraftMarket
  /** Where given, a leg may be put into another of them, and made a call or a put. */
  expiries?: readonly Expiry[]
}

interface Said {
  index: number
  text: string
}

/** The draft's legs: side, ratio, right, strike, expiry, each by mouse and by key; Del removes one. */
export function Legs({ market, expiries }: Props) {
  const { symbol, legs, setLeg, remove } = useDraft()
  const stale = useStale()(symbol)
  const list = useRef<HTMLUListElement>(null)
  const [said, setSaid] = useState<Said | null>(null)
  // The leg that waits for the strikes of the expiry it was put into.
  const [waits, setWaits] = useState<number | null>(null)

  const take = (index: number, wanted: Leg) => {
    const found = placed(legs, index, wanted, market.strikes(wanted.expiry, wanted.root))
    if (!found) return false
    setLeg(index, found.leg)
    setSaid(saidOf(index, wanted, found))
    return true
  }
  const arrive = useEffectEvent((index: number) => {
    const leg = legs[index]
    if (!leg || take(index, leg)) setWaits(null)
  })
  useEffect(() => {
    if (waits !== null) arrive(waits)
  }, [waits, market])

  const drop = (index: number) => {
    remove(index)
    setSaid(null)
    setWaits(null)
    // The keyboard goes on at the leg that is there now.
    requestAnimationFrame(() => [...(list.current?.querySelectorAll('li') ?? [])].at(Math.min(index, legs.length - 2))?.querySelector('button')?.focus())
  }
  const onKeyDown = (index: number) => (event: KeyboardEvent) => {
    if (event.key !== 'Delete' || (event.target as HTMLElement).matches('input, select')) return
    event.preventDefault()
    event.stopPropagation()
    drop(index)
  }
  return (
    <>
      {legs.length > 0 && <Legend />}
      <ul ref={list} className="divide-y divide-line border-y border-line">
        {legs.map((leg, i) => {
          // By its root: SPX and SPXW of one day are two contracts.
          const what = legWords(leg.root, leg)
          const quote = market.quotes[i]
          const step = (by: number) => {
            const strike_micros = stepped(legs, i, by, market.strikes(leg.expiry, leg.root))
            if (strike_micros !== null) take(i, { ...leg, strike_micros })
          }
          const letter = leg.right === 'call' ? 'C' : 'P'
          return (
            <li key={i} onKeyDown={onKeyDown(i)} className="grid grid-cols-[auto_auto_1fr_auto_auto] items-center gap-2 px-3 py-1.5">
              <button
                type="button"
                aria-label={t('flip', { what })}
                onClick={() => setLeg(i, { side: leg.side === 'buy' ? 'sell' : 'buy' })}
                className={cx('h-6 w-12 rounded border text-xs font-semibold coarse:h-11', leg.side === 'buy' ? 'border-up/50 bg-up-soft text-up' : 'border-down/50 bg-down-soft text-down')}
              >
                {leg.side === 'buy' ? t('buy') : t('sell')}
              </button>
              <NumberInput label={t('ratio', { what })} value={leg.ratio} min={1} max={99} onChange={(ratio) => setLeg(i, { ratio })} className="!w-9 !px-1 text-center" />
              <div className="min-w-0">
                <div className="flex items-center gap-1 text-xs font-semibold">
                  {expiries ? (
                    <button
                      type="button"
                      aria-label={t('turnRight', { what })}
                      onClick={() => take(i, { ...leg, right: leg.right === 'call' ? 'put' : 'call' })}
                      className={cx('size-6 rounded border border-line hover:bg-hover coarse:size-11', leg.right === 'call' ? 'text-call' : 'text-put')}
                    >
                      {letter}
                    </button>
                  ) : (
                    <span className={leg.right === 'call' ? 'text-call' : 'text-put'}>{letter}</span>
                  )}
                  <button type="button" aria-label={`${what} −`} onClick={() => step(-1)} className="grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-text">
                    ◂
                  </button>
                  <StrikeInput label={t('strikeOf', { what })} micros={leg.strike_micros} onType={(strike_micros) => take(i, { ...leg, strike_micros })} onStep={step} />
                  <button type="button" aria-label={`${what} +`} onClick={() => step(1)} className="grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-text">
                    ▸
                  </button>
                </div>
              </div>
              <div className="text-right text-xs leading-4 text-muted">
                <div className={cx(stale && 'stale')}>{number(quote?.bid ?? null, 2)}</div>
                <div className={cx(stale && 'stale')}>{number(quote?.ask ?? null, 2)}</div>
              </div>
              <IconButton icon="close" label={t('remove', { what })} onClick={() => drop(i)} />
              <div className="col-span-full flex min-w-0 items-center gap-2 text-2xs text-faint">
                {expiries ? (
                  <Select
                    aria-label={t('expiryOf', { what })}
                    value={expiryKey(leg)}
                    choices={choicesOf(expiries, leg)}
                    onChange={(key) => {
                      const next = findExpiry(expiries, key)
                      if (!next) return
                      setLeg(i, { expiry: next.expiry, root: next.root })
                      setSaid(null)
                      setWaits(i)
                    }}
                    className="!h-6 !w-auto max-w-[60%] text-2xs coarse:!h-11"
                  />
                ) : (
                  <span>
                    {day(leg.expiry)} {leg.root === symbol ? '' : leg.root}
                  </span>
                )}
                <span className={cx('truncate', stale && 'stale')}>
                  IV {percent(quote?.iv ?? null)} · Δ {number(quote?.delta ?? null, 2)}
                </span>
              </div>
              <p role="status" className={cx('col-span-full text-xs text-warn', said?.index !== i && 'quiet')}>
                {said?.index === i ? said.text : ''}
              </p>
            </li>
          )
        })}
      </ul>
    </>
  )
}

function saidOf(index: number, wanted: Leg, { leg, why }: Placed): Said | null {
  if (why === null) return null
  const both = { wanted: strike(wanted.strike_micros), taken: strike(leg.strike_micros) }
  return { index, text: t(why === 'taken' ? 'strikeTaken' : 'strikeUnlisted', both) }
}

/** Those that are listed, and the leg's own should it be no longer. */
function choicesOf(expiries: readonly Expiry[], leg: Leg) {
  const choices = expiries.map((e) => ({ value: expiryKey(e), label: `${day(e.expiry)}${shareDay(expiries, e) ? ` ${e.root}` : ''} · ${e.days}d · ${chain(settlementOf(e))}` }))
  const own = expiryKey(leg)
  return choices.some((choice) => choice.value === own) ? choices : [{ value: own, label: `${day(leg.expiry)} ${leg.root}` }, ...choices]
}

const figures: { name: Parameters<typeof t>[0]; help: FactId }[] = [
  { name: 'legIv', help: 'iv' },
  { name: 'legDelta', help: 'delta' },
  { name: 'legBid', help: 'bid' },
  { name: 'legAsk', help: 'ask' },
]

/** What the small figures of each leg are, said once over them. */
function Legend() {
  return (
    <ul aria-label={t('legFigures')} className="flex flex-wrap gap-x-3 px-3 pb-0.5 text-2xs text-faint">
      {figures.map(({ name, help }) => (
        <li key={name} className="inline-flex min-h-6 items-center gap-1">
          {t(name)} <Help fact={help} />
        </li>
      ))}
    </ul>
  )
}
