import { useMutation } from '@tanstack/react-query'
import { useMemo, useState, type FormEvent } from 'react'
import type { TotpSecret } from '@/api/types.gen'
import { Badge, Button, Dialog, Failure, Field, Input, Panel, toast } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { api } from '@/lib/http'
import { qr } from '@/lib/qr'
import { saveFile } from '@/lib/files'
import { askWho, useSession } from '@/state/session'

export function AccountTab() {
  const me = useSession((s) => s.me)
  if (!me) return null
  return (
    <>
      <Panel title={t('account')}>
        <dl className="grid grid-cols-[8rem_1fr] gap-y-1.5">
          <dt className="text-muted">{t('who')}</dt>
          <dd className="font-semibold">{me.login}</dd>
          <dt className="text-muted">{t('role')}</dt>
          <dd>{me.role}</dd>
          <dt className="text-muted">{t('may')}</dt>
          <dd className="flex flex-wrap gap-1">
            {me.permissions.map((name) => (
              <Badge key={name}>{name}</Badge>
            ))}
          </dd>
        </dl>
      </Panel>
      <SecondFactor on={me.second_factor} />
      <Password />
    </>
  )
}

function Password() {
  const [password, setPassword] = useState('')
  const change = useMutation({
    mutationFn: () => api('PUT /api/v1/auth/password', { body: { password } }),
    onSuccess: () => {
      setPassword('')
      toast(t('changed'), 'up')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Panel title={t('password')}>
      <form onSubmit={submit} className="grid max-w-md gap-3">
        <input type="text" autoComplete="username" value={useSession.getState().me?.login ?? ''} readOnly hidden />
        <Field label={t('newPassword')} hint={t('passwordHint')}>
          {(ids) => <Input {...ids} type="password" autoComplete="new-password" minLength={12} maxLength={256} required value={password} onChange={(e) => setPassword(e.target.value)} />}
        </Field>
        {change.isError && <Failure error={change.error} className="!m-0" />}
        <div>
          <Button type="submit" look="primary" disabled={change.isPending}>
            {t('change')}
          </Button>
        </div>
      </form>
    </Panel>
  )
}

function SecondFactor({ on }: { on: boolean }) {
  const [secret, setSecret] = useState<TotpSecret | null>(null)
  const enrol = useMutation({ mutationFn: () => api('POST /api/v1/auth/totp/enrol'), onSuccess: setSecret })
  const disable = useMutation({
    mutationFn: () => api('POST /api/v1/auth/totp/disable'),
    onSuccess: async () => {
      await askWho()
      toast(t('disabled'), 'warn')
    },
  })
  const failed = enrol.error ?? disable.error
  return (
    <Panel title={t('second')}>
      <p className="mb-3 flex items-center gap-2">
        <Badge tone={on ? 'up' : 'warn'}>{on ? 'on' : 'off'}</Badge>
        {on ? t('secondOn') : t('secondOff')}
      </p>
      {failed && <Failure error={failed} className="!m-0 !mb-3" />}
      {on ? (
        <Button look="danger" disabled={disable.isPending} onClick={() => disable.mutate()}>
          {t('disable')}
        </Button>
      ) : (
        <Button look="primary" disabled={enrol.isPending} onClick={() => enrol.mutate()}>
          {t('enrol')}
        </Button>
      )}
      {secret && <Enrolment secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  )
}

/** Secret, first code, recovery codes: the last cannot be passed over. */
function Enrolment({ secret, onClose }: { secret: TotpSecret; onClose: () => void }) {
  const [code, setCode] = useState('')
  const confirm = useMutation({
    mutationFn: async () => {
      const answer = await api('POST /api/v1/auth/totp/confirm', { body: { code } })
      // The session is another one from here on, and so is its CSRF token.
      await askWho()
      return answer
    },
  })
  const codes = confirm.data?.codes
  return (
    <Dialog open onClose={onClose} title={codes ? t('recovery') : t('second')} modalOnly={codes !== undefined}>
      {codes ? (
        <div className="grid gap-3 p-4">
          <p>{t('recoveryText')}</p>
          <ul className="grid grid-cols-2 gap-1 rounded border border-line bg-inset p-3 font-mono text-sm">
            {codes.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
          <div className="flex justify-end gap-2">
            <Button onClick={() => saveFile('ironfly-recovery-codes.txt', 'text/plain', codes.join('\n') + '\n')}>{t('saveCodes')}</Button>
            <Button look="primary" onClick={onClose}>
              {t('done')}
            </Button>
          </div>
        </div>
      ) : (
        <form
          className="grid gap-3 p-4"
          onSubmit={(event) => {
            event.preventDefault()
            confirm.mutate()
          }}
        >
          <p>{t('scan')}</p>
          <Qr text={secret.uri} />
          <Field label={t('secret')}>{(ids) => <Input {...ids} readOnly value={secret.secret} className="font-mono" onFocus={(e) => e.target.select()} />}</Field>
          <Field label={t('code')}>
            {(ids) => <Input {...ids} inputMode="numeric" autoComplete="one-time-code" pattern="[0-9 ]*" required value={code} onChange={(e) => setCode(e.target.value)} />}
          </Field>
          {confirm.isError && <Failure error={confirm.error} className="!m-0" />}
          <div className="flex justify-end">
            <Button type="submit" look="primary" disabled={confirm.isPending}>
              {t('confirm')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function Qr({ text }: { text: string }) {
  const modules = useMemo(() => qr(text), [text])
  if (!modules) return null
  const size = modules.length + 8
  const path = modules.flatMap((row, r) => row.map((dark, c) => (dark ? `M${c + 4} ${r + 4}h1v1h-1z` : ''))).join('')
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('qrLabel')} className="mx-auto size-48 rounded bg-white" shapeRendering="crispEdges">
      <path d={path} fill="#000" />
    </svg>
  )
}
