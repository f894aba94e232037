import { screenTitle, shell as t } from '@/i18n/en/shell'
import { cx, Icon, Menu } from '@/components/ui'
import { hrefTo, navigate, usePath } from '@/lib/router'
import { useSession } from '@/state/session'
import { Link } from './Link'
import { screens } from './screens'

/** The bar at a phone's thumb. */
export function PhoneBar() {
  const path = usePath()
  const permissions = useSession((s) => s.me?.permissions)
  const rest = screens.filter((s) => !s.phone && (!s.permission || permissions?.includes(s.permission)))
  const item = 'flex min-h-12 flex-1 flex-col items-center justify-center gap-0.5 text-2xs'
  return (
    <nav aria-label={t('screens')} className="flex shrink-0 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:hidden">
      {screens
        .filter((s) => s.phone)
        .map((screen) => (
          <Link key={screen.id} to={screen.path} aria-current={path === screen.path ? 'page' : undefined} className={cx(item, path === screen.path ? 'text-accent' : 'text-muted')}>
            <Icon name={screen.icon} size={18} />
            {screenTitle(screen.id)}
          </Link>
        ))}
      <Menu
        label={t('more')}
        className={cx(item, '!h-auto')}
        trigger={
          <>
            <Icon name="more" size={18} />
            {t('more')}
          </>
        }
        items={rest.map((screen) => ({ label: screenTitle(screen.id), icon: screen.icon, onSelect: () => navigate(hrefTo(screen.path)) }))}
      />
    </nav>
  )
}
