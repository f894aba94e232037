import { useState, type FormEvent } from 'react'
import { auth as t } from '@/i18n/en/auth'
import { Button, Failure, Field, Input } from '@/components/ui'
import { api } from '@/lib/http'
import { arrived } from '@/state/session'

/** Name and password, then the code where the account has a second factor. */
export function LoginForm({ login: known }: { login?: string }) {
  const [challenge, setChallenge] = useState<string | null>(null)
  const [login, setLogin] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      const answer =
        challenge === null
          ? await api('POST /api/v1/auth/login', { body: { login, password } })
          : await api('POST /api/v1/auth/second-factor', { body: { challenge, code: code.replaceAll(' ', '') } })
      setChallenge(await arrived(answer))
    } catch (e) {
      setError(e)
      setCode('')
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-3">
      {challenge === null ? (
        <>
          <Field label={t('login')}>
            {(ids) => <Input {...ids} value={login} onChange={(e) => setLogin(e.target.value)} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus={!known} required />}
          </Field>
          <Field label={t('password')}>
            {(ids) => <Input {...ids} type="password" value={password} onChange={(e) => setPassword(e.target.value)} autoComplete="current-password" autoFocus={Boolean(known)} required />}
          </Field>
        </>
      ) : (
        <>
          <p className="text-muted">{t('secondText')}</p>
          <Field label={t('code')}>
            {(ids) => <Input {...ids} value={code} onChange={(e) => setCode(e.target.value)} autoComplete="one-time-code" inputMode="numeric" autoFocus required className="text-center text-lg tracking-[0.3em]" />}
          </Field>
        </>
      )}
      {error !== null && <Failure error={error} className="!m-0" />}
      <div className="flex gap-2">
        {challenge !== null && (
          <Button size="large" onClick={() => setChallenge(null)}>
            {t('back')}
          </Button>
        )}
        <Button type="submit" look="primary" size="large" disabled={busy} className="flex-1">
          {challenge === null ? t('submit') : t('verify')}
        </Button>
      </div>
    </form>
  )
}
