import { useId, useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Dialog, Icon, Kbd, cx, type IconName } from '@/components/ui'
import { screenTitle, shell as t } from '@/i18n/en/shell'
import { auth } from '@/i18n/en/auth'
import { facts, type FactId } from '@/i18n/en/facts'
import { api } from '@/lib/http'
import { orderWords } from '@/lib/order_words'
import { useTopic } from '@/lib/stream/client'
import { keysNow } from '@/lib/keymap'
import { hrefTo, navigate } from '@/lib/router'
import { useDesk } from '@/lib/desk'
import { showSymbol } from '@/state/context'
import { useDraft } from '@/state/draft'
import { usePrefs, shownTheme } from '@/state/prefs'
import { leave, useSession } from '@/state/session'
import { rank } from './match'
import { screens } from './screens'

interface Entry {
  id: string
  group: string
  label: string
  icon: IconName
  keys?: string
  run: () => void
}

/** Everything by name: screens, symbols, orders, actions, and what figures mean. */
export default function Palette({ onClose, onKeys, onFact }: { onClose: () => void; onKeys: () => void; onFact: (fact: FactId) => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const entries = useEntries(onKeys, onFact)
  const found = useMemo(() => rank(entries, text, (e) => e.label).slice(0, 14), [entries, text])
  const run = (entry: Entry | undefined) => {
    if (!entry) return
    onClose()
    // The dialog gives the focus back first.
    setTimeout(entry.run)
  }
  return (
    <Dialog open onClose={onClose} title={t('findLabel')} hideTitle>
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Icon name="search" className="text-faint" />
        <input
          autoFocus
          role="combobox"
          aria-label={t('findLabel')}
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found[at] ? `${list}-${found[at].id}` : undefined}
          placeholder={t('findLabel')}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setAt(0)
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault()
              setAt((i) => (i + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % Math.max(1, found.length))
            }
            if (event.key === 'Enter') {
              event.preventDefault()
              run(found[at])
            }
          }}
          className="h-11 flex-1 bg-transparent text-sm placeholder:text-faint focus-visible:outline-none"
        />
        <Kbd keys="Esc" />
      </div>
      <ul id={list} role="listbox" aria-label={t('findLabel')} className="max-h-[60dvh] overflow-auto p-1">
        {found.length === 0 && <li className="p-4 text-center text-muted">{t('nothing')}</li>}
        {found.map((entry, i) => (
          <li
            key={entry.id}
            id={`${list}-${entry.id}`}
            role="option"
            aria-selected={i === at}
            onPointerMove={() => setAt(i)}
            onClick={() => run(entry)}
            className={cx('flex min-h-8 cursor-pointer items-center gap-2.5 rounded px-2 coarse:min-h-11', i === at && 'bg-accent-soft')}
          >
            <Icon name={entry.icon} className="text-faint" />
            <span className="flex-1">{entry.label}</span>
            <span className="text-2xs text-muted">{entry.group}</span>
            {entry.keys && <Kbd keys={entry.keys} />}
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

/** What figures are, one of each name. */
const explained = [...new Map((Object.keys(facts) as FactId[]).toReversed().map((id) => [facts[id].name, id])).values()].toReversed()

function useEntries(onKeys: () => void, onFact: (fact: FactId) => void): Entry[] {
  const desk = useDesk()
  const stored = useQuery({ queryKey: ['symbols'], queryFn: () => api('GET /api/v1/symbols'), staleTime: 60_000 })
  const permissions = useSession((s) => s.me?.permissions)
  const orders = useTopic('orders')
  return useMemo(() => {
    const symbols = new Set([...(desk?.symbols ?? []), ...(stored.data?.items.map((s) => s.symbol) ?? [])])
    const prefs = usePrefs.getState()
    const dark = shownTheme(prefs.theme) === 'dark'
    return [
      ...screens
        .filter((s) => !s.permission || permissions?.includes(s.permission))
        .map((s): Entry => ({ id: s.id, group: t('screens'), label: screenTitle(s.id), icon: s.icon, keys: keysNow()[`go.${s.id}`], run: () => navigate(hrefTo(s.path)) })),
      ...[...symbols].map((name): Entry => ({ id: `symbol-${name}`, group: t('symbols'), label: name, icon: 'charts', run: () => showSymbol(name) })),
      ...(orders ?? []).filter((o) => o.open).map((o): Entry => ({ id: `order-${o.id}`, group: screenTitle('orders'), label: t('orderEntry', { n: String(o.id), what: orderWords(o) }), icon: 'orders', run: () => navigate(`/orders?order=${o.id}`) })),
      { id: 'ticket', group: t('actions'), label: t('openTicket'), icon: 'orders', keys: keysNow().ticket, run: () => useDraft.getState().show(true) },
      { id: 'theme', group: t('actions'), label: dark ? t('lightTheme') : t('darkTheme'), icon: dark ? 'sun' : 'moon', keys: keysNow().theme, run: () => prefs.set({ theme: dark ? 'light' : 'dark' }) },
      { id: 'compact', group: t('actions'), label: t('compact'), icon: 'menu', run: () => prefs.set({ density: 'compact' }) },
      { id: 'cozy', group: t('actions'), label: t('cozy'), icon: 'menu', run: () => prefs.set({ density: 'cozy' }) },
      { id: 'comfortable', group: t('actions'), label: t('comfortable'), icon: 'menu', run: () => prefs.set({ density: 'comfortable' }) },
      { id: 'blue', group: t('actions'), label: t('blueOrange'), icon: 'plot', run: () => prefs.set({ colours: 'blue-orange' }) },
      { id: 'green', group: t('actions'), label: t('greenRed'), icon: 'plot', run: () => prefs.set({ colours: 'green-red' }) },
      { id: 'keys', group: t('actions'), label: t('shortcuts'), icon: 'keyboard', keys: keysNow().help, run: onKeys },
      { id: 'logout', group: t('actions'), label: auth('logout'), icon: 'out', run: () => void leave() },
      ...explained.map((id): Entry => ({ id: `fact-${id}`, group: t('meanings'), label: facts[id].name, icon: 'search', run: () => onFact(id) })),
    ]
  }, [desk?.symbols, stored.data, permissions, onKeys, onFact, orders])
}
