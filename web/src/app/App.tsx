import { lazy, Suspense, useEffect } from 'react'
import { auth } from '@/i18n/en/auth'
import { useLanguage } from '@/i18n/words'
import { Empty, Skeleton } from '@/components/ui'
import { usePath } from '@/lib/router'
import { followPrefs } from '@/state/prefs'
import { askWho, useSession } from '@/state/session'
import { Shell } from './Shell'

const SetupPage = lazy(() => import('@/features/auth/SetupPage').then((m) => ({ default: m.SetupPage })))
const LoginPage = lazy(() => import('@/features/auth/LoginPage').then((m) => ({ default: m.LoginPage })))

/** Who is here decides what is shown: the first account, the login, or the desk. The address stays as it is. */
export function App() {
  const state = useSession((s) => s.state)
  const locale = useLanguage((s) => s.locale)
  const path = usePath()
  useEffect(followPrefs, [])
  useEffect(() => void askWho(), [])
  useEffect(() => {
    if (state !== 'unreachable') return
    const timer = setInterval(() => void askWho(), 3000)
    return () => clearInterval(timer)
  }, [state])

  return (
    <Suspense key={locale} fallback={<Skeleton className="h-dvh" />}>
      {state === 'asking' && <Skeleton className="h-dvh" rows={12} />}
      {state === 'unreachable' && (
        <main className="h-dvh">
          <Empty icon="warn" title={auth('unreachable')}>
            {auth('unreachableText')}
          </Empty>
        </main>
      )}
      {(state === 'setup' || (state === 'out' && path === '/setup')) && <SetupPage />}
      {state === 'out' && path !== '/setup' && <LoginPage />}
      {(state === 'in' || state === 'ended') && <Shell />}
    </Suspense>
  )
}
