import { lazy, Suspense, useEffect, useState } from 'react'
import { fact, type FactId } from '@/i18n/en/facts'
import { screenTitle, shell as t } from '@/i18n/en/shell'
import { Button, cx, Dialog, Empty, FactText, Problems, Skeleton, Toasts } from '@/components/ui'
import { hrefTo, navigate, useParam, usePath } from '@/lib/router'
import { useKeys } from '@/lib/keymap'
import { useShortcuts, type Bindings } from '@/lib/shortcuts'
import { openStream } from '@/lib/stream/client'
import { ModeBadge, ModeFrame } from '@/panels/Mode'
import { useDraft } from '@/state/draft'
import { usePrefs, shownTheme } from '@/state/prefs'
import { useSession } from '@/state/session'
import { Clock } from './Clock'
import { ContextBar } from './ContextBar'
import { Crash } from './Crash'
import { DeskState } from './DeskState'
import { Header } from './Header'
import { LineBanner } from './LineBanner'
import { MarketStrip } from './MarketStrip'
import { goToPanel, stepPanel } from './panels'
import { PhoneBar } from './PhoneBar'
import { screens } from './screens'
import { useNews } from './news'

const loadPalette = () => import('./Palette')
const loadTicket = () => import('@/features/orders/Ticket')
const Palette = lazy(loadPalette)
const Keyboard = lazy(() => import('./Keyboard'))
const Ticket = lazy(loadTicket)
const SessionDialogs = lazy(() => import('@/features/auth/SessionDialogs').then((m) => ({ default: m.SessionDialogs })))

const pages = screens.map((screen) => ({ ...screen, Page: lazy(screen.load) }))

export function Shell() {
  const path = usePath()
  const [layer, setLayer] = useState<'palette' | 'keyboard' | null>(null)
  const [meaning, setMeaning] = useState<FactId | null>(null)
  const ticketOpen = useDraft((s) => s.open)
  const asksWho = useSession((s) => s.state === 'ended' || s.proving !== null)
  const page = pages.find((p) => p.path === path)
  const [kiosk, setKiosk] = useParam('kiosk')
  const bare = kiosk !== null && path === '/desk'

  useEffect(openStream, [])
  useEffect(() => {
    // What opens at a key is there before the key is pressed: no letter typed into it is lost.
    const timer = setTimeout(() => {
      void loadPalette()
      void loadTicket()
    }, 400)
    return () => clearTimeout(timer)
  }, [])
  useNews()
  useEffect(() => {
    if (path === '/' || path === '/setup' || path === '/login') navigate(hrefTo('/desk'), { replace: true })
  }, [path])
  useEffect(() => {
    document.title = page ? `${screenTitle(page.id)} · Ironfly` : 'Ironfly'
  }, [page])

  const keys = useKeys()
  const bindings: Bindings = {
    [keys.find]: () => setLayer('palette'),
    '/': () => setLayer('palette'),
    [keys.help]: () => setLayer('keyboard'),
    [keys.theme]: () => usePrefs.getState().set({ theme: shownTheme(usePrefs.getState().theme) === 'dark' ? 'light' : 'dark' }),
    [keys.preview]: () => useDraft.getState().preview(),
    [keys.nextPanel]: () => stepPanel(1),
    [keys.previousPanel]: () => stepPanel(-1),
    [keys.ticket]: () => useDraft.getState().show(true),
  }
  for (let n = 1; n <= 9; n++) bindings[`Alt+${n}`] = () => goToPanel(n)
  for (const screen of screens) bindings[keys[`go.${screen.id}`]] = () => navigate(hrefTo(screen.path))
  useShortcuts(bindings)

  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a href="#content" className="fixed top-1 left-1 z-50 -translate-y-20 rounded bg-accent px-3 py-2 text-on-accent focus:translate-y-0">
        {t('skip')}
      </a>
      {bare ? (
        <Bare onLeave={() => setKiosk(null)} />
      ) : (
        <>
          <Header onFind={() => setLayer('palette')} onKeys={() => setLayer('keyboard')} />
          <ContextBar />
        </>
      )}
      <LineBanner />
      <main id="content" tabIndex={-1} className={cx('min-h-0 flex-1 overflow-auto focus-visible:outline-none', ticketOpen && 'xl:mr-[25rem]')}>
        <Crash key={path}>
          <Suspense fallback={<Skeleton rows={16} />}>
            {page ? (
              <page.Page />
            ) : (
              path !== '/' && <Empty title={t('notFound')}>{t('notFoundText', { path })}</Empty>
            )}
          </Suspense>
        </Crash>
      </main>
      {!bare && <PhoneBar />}
      <ModeFrame className="fixed" />
      <Suspense fallback={null}>
        {ticketOpen && <Ticket />}
        {layer === 'palette' && <Palette onClose={() => setLayer(null)} onKeys={() => setLayer('keyboard')} onFact={setMeaning} />}
        {layer === 'keyboard' && <Keyboard onClose={() => setLayer(null)} />}
        {asksWho && <SessionDialogs />}
      </Suspense>
      {meaning && (
        <Dialog open onClose={() => setMeaning(null)} title={fact(meaning).name}>
          <div className="p-4 text-xs">
            <FactText fact={meaning} />
          </div>
        </Dialog>
      )}
      <Toasts />
      <Problems />
    </div>
  )
}

/** On a wall: what the market does, whose money it is and whether the desk trades, never hidden; the way back. */
function Bare({ onLeave }: { onLeave: () => void }) {
  return (
    <header className="no-print flex h-8 shrink-0 items-center gap-3 border-b border-line bg-panel px-3">
      <ModeBadge />
      <DeskState />
      <div className="min-w-0 flex-1">
        <MarketStrip />
      </div>
      <Clock />
      <Button size="small" look="quiet" onClick={onLeave}>
        {t('leaveKiosk')}
      </Button>
    </header>
  )
}
