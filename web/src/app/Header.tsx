import { screenTitle, shell as t } from '@/i18n/en/shell'
import { auth } from '@/i18n/en/auth'
import { cx, Icon, IconButton, Kbd, Menu } from '@/components/ui'
import { usePath } from '@/lib/router'
import { hrefTo, navigate } from '@/lib/router'
import { usePrefs, shownTheme } from '@/state/prefs'
import { ModeBadge } from '@/panels/Mode'
import { leave, useSession } from '@/state/session'
import { AlertsButton } from './AlertsButton'
import { Clock } from './Clock'
import { Latency } from './Latency'
import { Link } from './Link'
import { MarketStrip } from './MarketStrip'
import { screens } from './screens'

export function Header({ onFind, onKeys }: { onFind: () => void; onKeys: () => void }) {
  return (
    <header className="no-print flex h-10 shrink-0 items-center gap-2 border-b border-line bg-panel pr-2 pl-3">
      <Link to="/desk" className="flex items-center gap-2 rounded pr-1 text-sm font-semibold tracking-tight" aria-label="Ironfly">
        <img src="/icon.svg" alt="" className="size-5" />
        <span className="hidden lg:inline">Ironfly</span>
      </Link>
      <Screens />
      <button
        type="button"
        onClick={onFind}
        aria-label={t('findLabel')}
        className="ml-1 hidden h-[26px] w-32 items-center gap-2 rounded-[5px] border border-line bg-inset px-2 text-xs text-faint hover:border-line-strong hover:text-muted 2xl:flex"
      >
        <Icon name="search" size={13} />
        <span className="flex-1 text-left">{t('find')}</span>
        <Kbd keys="Mod+K" />
      </button>
      <IconButton icon="search" label={t('findLabel')} keys="Mod+K" onClick={onFind} className="2xl:hidden" />
      <div className="min-w-0 flex-1">
        <MarketStrip />
      </div>
      <Latency />
      <Clock />
      <ModeBadge />
      <AlertsButton />
      <UserMenu onKeys={onKeys} />
    </header>
  )
}

function Screens() {
  const path = usePath()
  const permissions = useSession((s) => s.me?.permissions)
  return (
    <nav aria-label={t('screens')} className="hidden items-center md:flex">
      {screens
        .filter((s) => s.main && (!s.permission || permissions?.includes(s.permission)))
        .map((screen) => (
          <Link
            key={screen.id}
            to={screen.path}
            aria-current={path === screen.path ? 'page' : undefined}
            className={cx('h-[26px] items-center rounded-[5px] px-1.5 text-xs font-medium 2xl:px-2', screen.wide ? 'hidden desk:inline-flex' : 'inline-flex', path === screen.path ? 'bg-hover text-text' : 'text-muted hover:text-text')}
          >
            {screenTitle(screen.id)}
          </Link>
        ))}
    </nav>
  )
}

function UserMenu({ onKeys }: { onKeys: () => void }) {
  const me = useSession((s) => s.me)
  const prefs = usePrefs()
  const dark = shownTheme(prefs.theme) === 'dark'
  const others = screens.filter((s) => (!s.main || s.wide) && (!s.permission || me?.permissions.includes(s.permission)))
  return (
    <Menu
      label={t('menu')}
      trigger={
        <>
          <Icon name="user" size={15} />
          <span className="hidden max-w-20 truncate text-xs lg:inline">{me?.login}</span>
        </>
      }
      items={[
        ...others.map((screen) => ({ label: screenTitle(screen.id), icon: screen.icon, onSelect: () => navigate(hrefTo(screen.path)) })),
        others.length ? null : { label: t('shortcuts'), icon: 'keyboard' as const, onSelect: onKeys },
        others.length ? { label: t('shortcuts'), icon: 'keyboard' as const, onSelect: onKeys } : null,
        { label: dark ? t('lightTheme') : t('darkTheme'), icon: dark ? 'sun' : 'moon', onSelect: () => prefs.set({ theme: dark ? 'light' : 'dark' }) },
        { label: prefs.density === 'compact' ? t('cozy') : t('compact'), icon: 'menu', onSelect: () => prefs.set({ density: prefs.density === 'compact' ? 'cozy' : 'compact' }) },
        { label: prefs.colours === 'green-red' ? t('blueOrange') : t('greenRed'), icon: 'plot', onSelect: () => prefs.set({ colours: prefs.colours === 'green-red' ? 'blue-orange' : 'green-red' }) },
        null,
        { label: auth('logout'), icon: 'out', onSelect: () => void leave() },
      ]}
    />
  )
}
