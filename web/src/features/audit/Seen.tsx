import { useEffect, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { Picture, Position, Seen as SeenParts, SeenPart, SeenQuote, User } from '@/api/types.gen'
import { Badge, Button, Dialog, Empty, Failure, Field, Input, Panel, Progress, Select, Skeleton, Stat, Stats, Table, type Column, type Tone } from '@/components/ui'
import { audit as t } from '@/i18n/en/audit'
import { dollars, fromMicros, gain, localMoment, moment, number, price, tone } from '@/lib/format'
import { api } from '@/lib/http'
import { positionWords } from '@/lib/order_words'
import { orderColumns, stateTone } from '@/panels/OrdersTable'
import { Gates } from '@/panels/Verdict'
import { localInput, type Question } from './filter'

const LOOK_MS = 400

/** Somebody and a moment, where no entry of the trail is at hand. */
export function WhoAndWhen({ people, onAsk }: { people: readonly Pick<User, 'id' | 'login'>[]; onAsk: (question: Question) => void }) {
  const [who, setWho] = useState('')
  const [at, setAt] = useState(() => localInput(Date.now() - 60_000))
  const user_id = who || people[0]?.id
  const at_ms = new Date(at).getTime()
  const isLater = at_ms > Date.now()
  return (
    <form
      className="grid gap-2 rounded-md border border-line bg-panel p-3 sm:grid-cols-[7rem_minmax(0,1fr)_auto] sm:items-start"
      aria-label={t('see')}
      onSubmit={(event) => {
        event.preventDefault()
        if (user_id && at_ms > 0 && !isLater) onAsk({ user_id, at_ms })
      }}
    >
      <Field label={t('seePerson')}>{(ids) => <Select {...ids} value={user_id ?? ''} choices={people.map((user) => ({ value: user.id, label: user.login }))} onChange={setWho} />}</Field>
      <Field label={t('seeMoment')} error={isLater ? t('seeLater') : null}>
        {(ids) => <Input {...ids} type="datetime-local" step={1} required value={at} onChange={(e) => setAt(e.target.value)} />}
      </Field>
      <Button type="submit" className="sm:mt-5">
        {t('seeAsk')}
      </Button>
      <p className="text-xs text-muted sm:col-span-3">{t('seeText')}</p>
    </form>
  )
}

const forget = (id: string) => void api('DELETE /api/v1/audit/pictures/{id}', { path: { id } }).catch(() => {})

/** Asked once, then looked at until it is made; who goes away, however, stops it. */
function usePicture(question: Question) {
  const asked = useQuery({
    queryKey: ['picture-of', question],
    queryFn: async ({ signal }) => {
      const made = await api('POST /api/v1/audit/pictures', { body: 'entry' in question ? { entry: question.entry } : { user_id: question.user_id, at_ns: question.at_ms * 1e6 } })
      if (signal.aborted) forget(made.id) // whoever asked went away before it had an id
      return made
    },
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const id = asked.data?.id
  const looked = useQuery({
    queryKey: ['picture', id],
    queryFn: () => api('GET /api/v1/audit/pictures/{id}', { path: { id: id ?? '' } }),
    enabled: id !== undefined,
    retry: false,
    staleTime: Infinity,
    refetchInterval: (query) => (query.state.error || query.state.data?.state === 'done' || query.state.data?.state === 'failed' ? false : LOOK_MS),
  })
  const picture = looked.data ?? asked.data
  const isMade = picture?.state === 'done' || picture?.state === 'failed'
  const making = useRef<string>(undefined)
  useEffect(() => {
    making.current = isMade ? undefined : id
  }, [id, isMade])
  useEffect(
    () => () => {
      if (making.current) forget(making.current)
    },
    [],
  )
  return { picture, error: asked.error ?? looked.error }
}

export function Seen({ question, nameOf, onClose }: { question: Question; nameOf: (id: string) => string; onClose: () => void }) {
  const { picture, error } = usePicture(question)
  return (
    <Dialog open onClose={onClose} title={picture ? t('seenBy', { who: nameOf(picture.user_id) }) : t('see')} wide>
      {error ? (
        <Failure error={error} />
      ) : picture?.state === 'failed' ? (
        <Failure error={new Error(`${t('failed')}: ${picture.error}`)} />
      ) : picture?.seen ? (
        <Parts picture={picture} seen={picture.seen} />
      ) : (
        <Making picture={picture} onStop={onClose} />
      )}
    </Dialog>
  )
}

function Making({ picture, onStop }: { picture: Picture | undefined; onStop: () => void }) {
  const text = !picture ? t('asking') : picture.state === 'waiting' ? t('waiting') : t('running', { text: picture.text })
  return (
    <div className="grid gap-3 p-4">
      <p role="status">{text}</p>
      <Progress value={picture?.progress || null} label={text} />
      <Button className="justify-self-start" onClick={onStop}>
        {t('stop')}
      </Button>
      <Skeleton rows={10} className="!p-0" />
    </div>
  )
}

function exactness(seen: SeenParts): string {
  if (seen.sequence === undefined || seen.record === undefined) return t('noDesk')
  const at = { event: number(seen.sequence), record: number(seen.record) }
  return seen.told_ns === null ? t('behindEvent', at) : t('exactUntil', { ...at, time: moment(seen.told_ns) })
}

function Parts({ picture, seen }: { picture: Picture; seen: SeenParts }) {
  return (
    <div className="grid gap-3 p-3 sm:p-4">
      <div className="grid gap-1">
        <p className="font-medium" title={localMoment(picture.at_ns)}>
          {t('at', { time: moment(picture.at_ns) })}
        </p>
        <p className="text-xs text-muted">{exactness(seen)}</p>
        <dl className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
          {[
            [t('role'), seen.role ?? t('unknown')],
            ...(seen.market_ns === undefined ? [] : [[t('marketTime'), moment(seen.market_ns)]]),
            ...(seen.state === undefined ? [] : [[t('deskState'), seen.state.replaceAll('_', ' ')]]),
          ].map(([name, value]) => (
            <div key={name} className="flex gap-1">
              <dt className="text-muted">{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <InQuestion seen={seen} />
      {seen.account && <AccountThen account={seen.account} />}
      {seen.positions && (
        <Panel title={t('positions')} flush level={3}>
          <Table label={t('positions')} className="max-h-64" rows={seen.positions.filter((p) => p.legs.length > 0)} columns={positionColumns} rowKey={(p) => p.key} empty={<Empty title={t('noPositions')} />} />
        </Panel>
      )}
      {seen.quotes && (
        <Panel title={t('quotes')} flush level={3}>
          <Table label={t('quotes')} rows={seen.quotes} columns={quoteColumns} rowKey={(q) => q.symbol} empty={<Empty title={t('noQuotes')} />} />
        </Panel>
      )}
      {seen.orders && (
        <Panel title={t('orders')} flush level={3}>
          <Table label={t('orders')} className="max-h-64" rows={seen.orders} columns={orderColumns} rowKey={(o) => String(o.id)} empty={<Empty title={t('noOrders')} />} />
        </Panel>
      )}
      <div className="grid gap-3 md:grid-cols-2">
        <Panel title={t('alerts')} level={3}>
          {seen.alerts.length === 0 ? (
            <p className="text-muted">{t('noAlerts')}</p>
          ) : (
            <ul className="grid max-h-48 gap-1 overflow-auto text-xs" tabIndex={0} aria-label={t('alerts')}>
              {seen.alerts.map((alert) => (
                <li key={alert.id}>
                  <Badge tone={alert.level === 'info' ? 'plain' : 'warn'}>{alert.level}</Badge> {alert.text} <span className="text-faint">{moment(alert.created_ns)}</span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title={t('logins')} level={3}>
          {seen.sessions.length === 0 ? (
            <p className="text-muted">{t('noLogins')}</p>
          ) : (
            <ul className="grid gap-1 text-xs">
              {seen.sessions.map((session) => (
                <li key={session.id} className="min-w-0">
                  <Badge>{session.kind}</Badge> {t('loginSince', { time: moment(session.created_ns), peer: session.peer })}
                  <span className="block truncate text-faint">{session.agent}</span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </div>
      <Sources parts={seen.parts} />
    </div>
  )
}

/** Of a command to the desk: the order, and why it was let through or not. */
function InQuestion({ seen }: { seen: SeenParts }) {
  if (seen.order === undefined && !seen.gates) return null
  const order = seen.order?.order
  return (
    <Panel title={t('order')} level={3}>
      {order ? (
        <p className="mb-2 text-xs">
          <Badge tone={stateTone(order)}>{order.state.replaceAll('_', ' ')}</Badge> {order.text}
          <span className="block text-muted">{t('orderState', { state: order.state.replaceAll('_', ' ') })}</span>
          {order.reason && <span className="block text-down">{order.reason}</span>}
        </p>
      ) : (
        <p className="mb-2 text-xs text-muted">{t('noOrder')}</p>
      )}
      {seen.gates && <Gates preview={{ allowed: seen.allowed ?? false, needs_signature: seen.gates.some((g) => !g.passed) && (seen.allowed ?? false), reason: '', gates: seen.gates }} />}
    </Panel>
  )
}

function AccountThen({ account }: { account: NonNullable<SeenParts['account']> }) {
  return (
    <Panel title={t('account')} level={3}>
      <Stats>
        <Stat label={t('equity')} help="equity" value={dollars(fromMicros(account.equity_micros), 2)} />
        <Stat label={t('cash')} help="cash" value={dollars(fromMicros(account.cash_micros), 2)} />
        <Stat label={t('margin')} help="seenMargin" value={dollars(fromMicros(account.margin_micros), 2)} />
        <Stat label={t('free')} help="seenFree" value={dollars(fromMicros(account.free_micros), 2)} />
        <Stat label={t('openTrades')} help="openTrades" value={number(account.open_trades)} />
      </Stats>
    </Panel>
  )
}

const positionColumns: Column<Position>[] = [
  { id: 'label', head: t('position'), phone: true, className: 'max-md:!whitespace-normal', cell: (p) => <span title={p.label}>{positionWords(p)}</span>, sort: (p) => p.label },
  { id: 'strategy', head: t('who'), cell: (p) => <span className="text-muted">{p.strategy ?? ''}</span> },
  { id: 'quantity', head: t('quantity'), figures: true, help: 'units', cell: (p) => number(p.quantity), sort: (p) => p.quantity },
  { id: 'value', head: t('value'), figures: true, help: 'seenValue', cell: (p) => dollars(fromMicros(p.value_micros), 2), sort: (p) => p.value_micros },
  { id: 'pnl', head: t('pnl'), phone: true, figures: true, help: 'seenPnl', cell: (p) => <span className={tone(p.pnl_micros)}>{gain(fromMicros(p.pnl_micros), 2)}</span>, sort: (p) => p.pnl_micros },
]

const quoteColumns: Column<SeenQuote>[] = [
  { id: 'symbol', head: t('symbol'), cell: (q) => <span className="font-medium">{q.symbol}</span>, sort: (q) => q.symbol },
  { id: 'last', head: t('last'), figures: true, help: 'seenLast', cell: (q) => price(q.last_micros) },
  { id: 'bid', head: t('bid'), figures: true, help: 'bid', cell: (q) => price(q.bid_micros) },
  { id: 'ask', head: t('ask'), figures: true, help: 'ask', cell: (q) => price(q.ask_micros) },
]

const howTone: Record<SeenPart['how'], Tone> = { journal: 'up', store: 'up', trail: 'up', not_kept: 'warn' }

/** What is exact, and what nobody can know any more. */
function Sources({ parts }: { parts: readonly SeenPart[] }) {
  return (
    <Panel title={t('parts')} level={3}>
      <ul className="grid gap-1 text-xs">
        {parts.map((part) => (
          <li key={part.part} className="grid grid-cols-[4.5rem_4.5rem_1fr] items-start gap-2">
            <span className="font-medium">{part.part}</span>
            <span>
              <Badge tone={howTone[part.how]}>{t(`how_${part.how}`)}</Badge>
            </span>
            <span className="min-w-0 text-muted">{part.text}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
