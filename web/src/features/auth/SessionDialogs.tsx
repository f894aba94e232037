import { useState, type FormEvent } from 'react'
import { auth as t } from '@/i18n/en/auth'
import { common } from '@/i18n/en/common'
import { Button, Dialog, Failure, Field, Input } from '@/components/ui'
import { api } from '@/lib/http'
import { arrived, useSession } from '@/state/session'
import { LoginForm } from './LoginForm'

/** The session is over: log in again above what is on the screen, so that no draft is lost. */
function EndedDialog() {
  const login = useSession((s) => s.me?.login)
  return (
    <Dialog open onClose={() => undefined} modalOnly title={t('ended')}>
      <div className="grid gap-3 p-4">
        <p className="text-muted">{t('endedText')}</p>
        <LoginForm login={login} />
      </div>
    </Dialog>
  )
}

function ProveDialog({ answer }: { answer: (given: boolean) => void }) {
  const second = useSession((s) => s.me?.second_factor ?? false)
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      // The session has another cookie and another CSRF token from here on.
      await arrived(await api('POST /api/v1/auth/step-up', { body: second ? { code: text } : { password: text } }))
      answer(true)
    } catch (e) {
      setError(e)
      setText('')
    }
  }
  return (
    <Dialog open onClose={() => answer(false)} title={t('prove')}>
      <form onSubmit={(event) => void submit(event)} className="grid gap-3 p-4">
        <p className="text-muted">{t('proveText')}</p>
        <Field label={second ? t('proveCode') : t('provePassword')}>
          {(ids) => (
            <Input {...ids} type={second ? 'text' : 'password'} inputMode={second ? 'numeric' : undefined} autoComplete={second ? 'one-time-code' : 'current-password'} value={text} onChange={(e) => setText(e.target.value)} autoFocus required />
          )}
        </Field>
        {error !== null && <Failure error={error} className="!m-0" />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => answer(false)}>{common('cancel')}</Button>
          <Button type="submit" look="primary">
            {t('verify')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

export function SessionDialogs() {
  const ended = useSession((s) => s.state === 'ended')
  const proving = useSession((s) => s.proving)
  return (
    <>
      {ended && <EndedDialog />}
      {proving && <ProveDialog answer={proving} />}
    </>
  )
}
