import { useState } from 'react'
import { Button, Failure, Field, Input, Segmented } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { shell as t } from '@/i18n/en/shell'
import { api } from '@/lib/http'
import { useDesk } from '@/lib/desk'
import { useKeys } from '@/lib/keymap'
import { useShortcuts } from '@/lib/shortcuts'
import { OrderDialog } from '@/panels/Mode'
import { useMay } from '@/state/session'
import { common as words } from '@/i18n/en/common'

type Command = 'halt' | 'reduce' | 'resume' | 'flatten' | 'kill'

const WORD = 'FLATTEN'

/** Stop the desk, more or less hard. What only makes it safer needs one press; flattening needs its word. */
export function DeskControl() {
  const desk = useDesk()
  const allowed = useMay('trade:paper')
  const [open, setOpen] = useState<Command | null>(null)
  const stopped = desk !== null && desk.state !== 'normal' && desk.state !== 'recovering'
  useShortcuts({ [useKeys().flatten]: () => desk && allowed && setOpen('flatten') })
  if (!desk) return null
  return (
    <>
      <Button
        size="small"
        look={stopped ? 'primary' : 'danger'}
        whyNot={!allowed && words('noPermission', { role: '', permission: 'trade:paper' })}
        onClick={() => setOpen(stopped ? 'resume' : 'halt')}
      >
        {stopped ? t('resume') : t('halt')}
      </Button>
      {open && <Control first={open} stopped={stopped} onClose={() => setOpen(null)} />}
    </>
  )
}

function Control({ first, stopped, onClose }: { first: Command; stopped: boolean; onClose: () => void }) {
  const [command, setCommand] = useState<Command>(first)
  const [reason, setReason] = useState('')
  const [word, setWord] = useState('')
  const [error, setError] = useState<unknown>(null)
  const texts: Record<Command, string> = { halt: t('haltText'), reduce: t('reduceText'), resume: t('resumeText'), flatten: t('flattenText'), kill: t('killText') }
  const names: Record<Command, string> = { halt: t('halt'), reduce: t('reduce'), resume: t('resume'), flatten: t('flatten'), kill: t('kill') }
  const order: Command[] = stopped ? ['resume', 'halt', 'reduce', 'flatten', 'kill'] : ['halt', 'reduce', 'flatten', 'kill']
  const ready = command !== 'flatten' || word === WORD
  const send = async () => {
    try {
      await api('POST /api/v1/desk/commands', { body: { command, reason: reason || names[command] } })
      onClose()
    } catch (e) {
      setError(e)
    }
  }
  return (
    <OrderDialog
      open
      onClose={onClose}
      title={t('haltTitle')}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button look={command === 'resume' ? 'primary' : 'danger'} disabled={!ready} onClick={() => void send()}>
            {names[command]}
          </Button>
        </>
      }
    >
      <form
        className="grid gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void send()
        }}
      >
        <Segmented label={t('haltTitle')} value={command} choices={order.map((value) => ({ value, label: names[value] }))} onChange={setCommand} className="justify-self-start" />
        <p className="min-h-10 text-muted">{texts[command]}</p>
        <Field label={t('reason')}>{(ids) => <Input {...ids} maxLength={60} value={reason} onChange={(e) => setReason(e.target.value)} />}</Field>
        {command === 'flatten' && (
          <Field label={t('typeWord', { word: WORD })}>{(ids) => <Input {...ids} value={word} onChange={(e) => setWord(e.target.value.toUpperCase())} autoComplete="off" autoFocus data-first />}</Field>
        )}
        {error !== null && <Failure error={error} className="!m-0" />}
        <button type="submit" className="quiet" tabIndex={-1}>
          {names[command]}
        </button>
      </form>
    </OrderDialog>
  )
}
