import { useState, useSyncExternalStore, type FormEvent } from 'react'
import { auth as t } from '@/i18n/en/auth'
import { Button, cx, Failure, Field, Input } from '@/components/ui'
import { api } from '@/lib/http'
import { navigate } from '@/lib/router'
import { arrived } from '@/state/session'
import { Gate } from './Gate'
import { strength } from './strength'

function listenHash(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

const looks = { weak: 'w-1/4 bg-down', fair: 'w-2/3 bg-warn', strong: 'w-full bg-up' }

/** /setup#TOKEN: the token never reaches the server's log, as what follows # is not sent. */
export function SetupPage() {
  const token = useSyncExternalStore(listenHash, () => window.location.hash.slice(1))
  const [login, setLogin] = useState('admin')
  const [password, setPassword] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const word = strength(password)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await arrived(await api('POST /api/v1/setup', { body: { token, login, password } }))
      navigate('/desk', { replace: true })
    } catch (e) {
      setError(e)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Gate title={t('welcome')}>
      <p className="mb-4 text-muted">{token ? t('welcomeText') : t('noToken')}</p>
      {token && (
        <form onSubmit={(event) => void submit(event)} className="grid gap-3">
          <Field label={t('login')} hint={t('loginHint')}>
            {(ids) => <Input {...ids} value={login} onChange={(e) => setLogin(e.target.value)} autoComplete="username" autoCapitalize="none" spellCheck={false} required />}
          </Field>
          <Field label={t('password')} hint={password ? t('strength', { word: t(word) }) : t('passwordHint')}>
            {(ids) => (
              <>
                <Input {...ids} type="password" value={password} onChange={(e) => setPassword(e.target.value)} autoComplete="new-password" autoFocus required />
                {password && (
                  <div aria-hidden="true" className="h-1 rounded-full bg-line">
                    <div className={cx('h-full rounded-full transition-all', looks[word])} />
                  </div>
                )}
              </>
            )}
          </Field>
          {error !== null && <Failure error={error} className="!m-0" />}
          <Button type="submit" look="primary" size="large" disabled={busy}>
            {t('make')}
          </Button>
        </form>
      )}
    </Gate>
  )
}
