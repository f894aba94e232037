import { useEffect, useEffectEvent, useMemo, useState } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { Button, Empty, Failure, NumberInput, Segmented, Select, Skeleton, Slider, Tabs, toast } from '@/components/ui'
import { expiryKey, findExpiry } from '@/lib/chain/expiry'
import { useExpiries } from '@/lib/chain/source'
import { signed } from '@/lib/format'
import { useDraftMarket } from '@/lib/draft_market'
import { extremes, horizon, range } from '@/lib/payoff/payoff'
import { useVerdict } from '@/lib/preview'
import { useParam } from '@/lib/router'
import { useDesk } from '@/lib/desk'
import { place, type Structure } from '@/lib/structures'
import { freshLeg } from '@/lib/edit_legs'
import { LEGS_MAX, orderOf, useDraft } from '@/state/draft'
import { useSymbol } from '@/state/context'
import { useMay } from '@/state/session'
import { Legs } from '@/panels/Legs'
import { NoChain } from '@/panels/NoChain'
import { PayoffPlot } from '@/panels/PayoffPlot'
import { Cone } from './Cone'
import { Finder } from './Finder'
import { useSteady } from './steady'
import { StructureMenu } from './Menu'
import { useMargins } from './margins'
import { Notes } from './Notes'
import { Ruler } from './Ruler'
import { sigmasOf } from './sigmas'
import { expiryText } from './expiry_text'
import { Summary } from './Summary'
import { GreeksByPrice, ProfitTable, Slices } from './Tables'

type TabId = 'table' | 'slices' | 'cone' | 'greeks'
type Way = 'menu' | 'find'
const DAY = 1 / 365

export default function BuilderScreen() {
  const [symbol] = useSymbol()
  const draft = useDraft()
  const expiries = useExpiries(symbol)
  const [param, setParam] = useParam('expiry')
  const [chosen, setChosen] = useState<string | null>(null)
  const [way, setWay] = useState<Way>('menu')
  const desk = useDesk()
  const allowed = useMay('trade:paper')
  const listed = useMemo(() => expiries.data?.expiries ?? [], [expiries.data])
  const near = findExpiry(listed, param) ?? listed.find((e) => e.days >= 1) ?? listed[0]
  const far = listed.find((e) => near && e.years > near.years + 2 * DAY)
  const shown = draft.symbol === symbol ? draft : { symbol, legs: noLegs, quantity: draft.quantity }
  const market = useDraftMarket(shown, useMemo(() => [near, far].filter((e) => e !== undefined), [near, far]))

  // A structure that is chosen before the chain has come is built when it has.
  const [wanted, setWanted] = useState<Structure | null>(null)
  const listedRows = near ? market.strikes(near.expiry, near.root).length : 0
  const farRows = far ? market.strikes(far.expiry, far.root).length : 1
  const build = useEffectEvent((structure: Structure) => {
    if (!near || near.forward === null || near.atm_vol === null) return
    setWanted(null)
    const move = near.forward * near.atm_vol * Math.sqrt(Math.max(near.years, DAY / 2))
    const legs = place(structure, { expiry: near.expiry, root: near.root, rows: market.strikes(near.expiry, near.root) }, far ? { expiry: far.expiry, root: far.root, rows: market.strikes(far.expiry, far.root) } : null, near.forward, move)
    if (!legs) {
      toast(t('narrow'), 'warn')
      return
    }
    setChosen(structure.id)
    draft.load({ symbol, legs, quantity: draft.quantity })
  })
  const loaded = listedRows > 0 && farRows > 0
  useEffect(() => {
    if (wanted && loaded) build(wanted)
  }, [wanted, loaded])

  if (expiries.isPending) return <Skeleton rows={20} />
  if (expiries.error && !expiries.data) return <NoChain symbol={symbol} error={expiries.error} retry={() => void expiries.refetch()} />
  const fresh = near ? freshLeg(shown.legs, market.strikes(near.expiry, near.root), near.forward ?? market.spot ?? 0) : null
  const add = (
    <Button size="small" icon="plus" onClick={() => fresh && draft.stage(symbol, fresh)} whyNot={shown.legs.length >= LEGS_MAX ? t('addFull') : !fresh && t('addNone')}>
      {t('addLeg')}
    </Button>
  )
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)] content-start overflow-auto lg:grid-cols-[minmax(22rem,27rem)_minmax(0,1fr)] lg:content-stretch lg:overflow-hidden">
      <h1 className="quiet">{t('title')}</h1>
      <div className="flex flex-col border-r border-line bg-panel lg:min-h-0 lg:overflow-auto">
        <div className="flex items-center gap-2 border-b border-line px-3 py-2">
          <Select aria-label={t('expiry')} value={near ? expiryKey(near) : ''} choices={listed.map((e) => ({ value: expiryKey(e), label: expiryText(e, listed) }))} onChange={setParam} className="min-w-0 flex-1" />
          <NumberInput label={t('width')} value={draft.quantity} min={1} max={1000} onChange={(quantity) => draft.change({ quantity })} className="!w-16" />
        </div>
        <div className="px-2 pt-2">
          <Segmented<Way> label={t('structures')} value={way} onChange={setWay} choices={(['menu', 'find'] as const).map((value) => ({ value, label: t(value) }))} className="w-full [&>label]:flex-1 [&>label]:justify-center" />
        </div>
        {market.error !== null && <Failure error={market.error} retry={market.refetch} />}
        {way === 'menu' ? (
          <StructureMenu onChoose={setWanted} chosen={shown.legs.length ? chosen : null} />
        ) : (
          <Finder
            symbol={symbol}
            market={market}
            near={near}
            far={far}
            expiries={listed}
            judged={desk !== null && allowed}
            chosen={shown.legs.length ? chosen : null}
            onChoose={(candidate) => {
              setChosen(candidate.id)
              draft.load({ symbol, legs: candidate.legs, quantity: draft.quantity })
            }}
          />
        )}
        {shown.legs.length > 0 ? (
          <>
            <Legs market={market} expiries={listed} />
            <div className="px-3 py-2">{add}</div>
          </>
        ) : (
          <Empty icon="builder" title={t('empty')} action={add}>
            {t('emptyText')}
          </Empty>
        )}
        {shown.legs.length > 0 && <Notes legs={shown.legs} market={market} expiries={listed} />}
      </div>
      <Analysis market={market} />
    </div>
  )
}

const noLegs: never[] = []

function Analysis({ market }: { market: ReturnType<typeof useDraftMarket> }) {
  const draft = useDraft()
  const desk = useDesk()
  const allowed = useMay('trade:paper')
  const [symbol] = useSymbol()
  const [daysAhead, setDays] = useState(0)
  const [shift, setShift] = useState(0)
  const [tab, setTab] = useState<TabId>('table')
  const [zoom, setZoom] = useState<'1' | '2'>('1')
  const has = draft.symbol === symbol && draft.legs.length > 0
  // The desk judges the draft at its middle, as the ticket would send it.
  const limit = useSteady(market.mid === null ? null : Math.round(market.mid / 0.05) * 50_000, draft.key)
  const order = has && desk && allowed && limit !== null ? orderOf({ ...draft, type: 'limit' }, draft.limit_micros ?? limit) : null
  const verdict = useVerdict(order, order !== null, 5000)
  const margins = useMargins(order)
  const { priced, spot, front } = market
  const end = horizon(priced)
  const sigmas = useMemo(() => sigmasOf(front), [front])
  const move = sigmas && ([sigmas.priceAt(-1), sigmas.priceAt(1)] as const)
  const [rawFrom, rawTo] = spot !== null && priced.length ? range(priced, spot) : [0, 1]
  const frame = useSteady(`${Math.round(rawFrom / 5) * 5} ${Math.round(rawTo / 5) * 5}`, `${draft.key} ${zoom}`, 60_000)
  const [wideFrom, wideTo] = frame.split(' ').map(Number) as [number, number]
  const middle = (wideFrom + wideTo) / 2
  const half = ((wideTo - wideFrom) / 2) * (zoom === '2' ? 1.8 : 1)
  const [from, to] = [Math.max(0, middle - half), middle + half]
  const breakevens = useMemo(() => extremes(priced)?.breakevens ?? [], [priced])
  const most = Math.max(0, Math.floor(end * 365 * 10) / 10)
  const ahead = Math.min(daysAhead, most) * DAY

  if (!has)
    return (
      <div className="bg-panel">
        <Empty icon="builder" title={t('empty')}>
          {t('emptyText')}
        </Empty>
      </div>
    )
  const tables = spot === null ? null : { legs: priced, spot, from, to, yearsAhead: ahead, shift, sigmas, breakevens }
  return (
    <div className="flex flex-col bg-panel lg:min-h-0 lg:overflow-auto">
      <Summary market={market} verdict={verdict} margins={margins} sigmas={sigmas} />
      {tables === null || priced.length === 0 ? (
        <Empty icon="warn" title={t('noQuote')} />
      ) : (
        <>
          <Ruler legs={draft.legs} strikes={market.strikes} books={market.books} spot={spot} band={move} from={from} to={to} />
          <PayoffPlot legs={priced} spot={tables.spot} from={from} to={to} yearsAhead={ahead} shift={shift} ahead={front} className="min-h-64 flex-1" />
          <div className="flex flex-wrap items-end gap-x-6 gap-y-2 border-y border-line px-4 py-2">
            <div className="flex min-w-32 flex-1">
              <Slider label={t('days')} value={Math.min(daysAhead, most)} min={0} max={most} step={most > 5 ? 1 : 0.1} text={ahead === 0 ? t('today') : t('daysText', { n: Math.min(daysAhead, most) })} onChange={setDays} />
            </div>
            <div className="flex min-w-32 flex-1">
              <Slider label={t('iv')} value={shift * 100} min={-15} max={30} step={0.5} text={t('ivText', { n: signed(shift * 100, 1) })} onChange={(v) => setShift(v / 100)} />
            </div>
            <Segmented label={t('zoom')} value={zoom} choices={[{ value: '1', label: '1×' }, { value: '2', label: '½×' }]} onChange={setZoom} />
            <Button look="primary" onClick={() => draft.preview()}>
              {t('review')}
            </Button>
          </div>
          <Tabs<TabId> label={t('payoff')} value={tab} onChange={setTab} className="min-h-72" tabs={[{ id: 'table', label: t('table') }, { id: 'slices', label: t('slices') }, { id: 'cone', label: t('cone') }, { id: 'greeks', label: t('greeks') }]}>
            {tab === 'table' && <ProfitTable {...tables} />}
            {tab === 'slices' && <Slices {...tables} />}
            {tab === 'cone' && <Cone front={front} spot={tables.spot} breakevens={breakevens} />}
            {tab === 'greeks' && <GreeksByPrice {...tables} />}
          </Tabs>
        </>
      )}
      {!desk && <p className="p-3 text-xs text-muted">{t('noDesk')}</p>}
    </div>
  )
}

