import { useEffect, useState } from 'react'
import { Button, Kbd, Panel } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { screenTitle, shell } from '@/i18n/en/shell'
import { actions, keysWith, refusal, type Action, type ActionId } from '@/lib/keymap'
import { nameOf } from '@/lib/shortcuts'
import { usePrefs } from '@/state/prefs'

const FOLLOW_MS = 1000

function nameOfAction(action: Action): string {
  return action.word ? shell(action.word) : shell('goTo', { name: screenTitle(action.screen ?? 'desk') })
}

function titleOf(id: ActionId): string {
  const action = actions.find((a) => a.id === id)
  return action ? nameOfAction(action) : id
}

/** The keys as they are pressed, one letter behind another within a second; Escape leaves it as it was. */
function useRecorder(id: ActionId | null, take: (keys: string | null) => void): string {
  const [first, setFirst] = useState('')
  useEffect(() => {
    if (!id) return
    let held = ''
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = (keys: string | null) => {
      setFirst('')
      take(keys)
    }
    const listen = (event: KeyboardEvent) => {
      event.preventDefault()
      event.stopPropagation()
      if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return
      const name = nameOf(event)
      clearTimeout(timer)
      if (name === 'Escape') return end(null)
      if (held) return end(`${held} ${name}`)
      if (name.length > 1) return end(name)
      held = name
      setFirst(name)
      timer = setTimeout(() => end(held), FOLLOW_MS)
    }
    window.addEventListener('keydown', listen, true)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('keydown', listen, true)
    }
  }, [id, take])
  return first
}

export function KeysTab() {
  const { keys: own, set } = usePrefs()
  const now = keysWith(own)
  const [recording, setRecording] = useState<ActionId | null>(null)
  const [wrong, setWrong] = useState<{ id: ActionId; text: string } | null>(null)
  const [take] = useState(() => (keys: string | null) => {
    setRecording((id) => {
      if (id && keys) give(id, keys)
      return null
    })
  })
  const first = useRecorder(recording, take)

  function give(id: ActionId, keys: string) {
    const { keys: kept, set: keep } = usePrefs.getState()
    const no = refusal(id, keys, kept)
    if (no) setWrong({ id, text: no.why === 'taken' ? t('keyTaken', { keys, by: titleOf(no.by) }) : t(no.why === 'browser' ? 'keyBrowser' : 'keyFixed', { keys }) })
    else keep({ keys: { ...kept, [id]: keys } })
  }

  return (
    <Panel
      title={t('keys')}
      actions={
        Object.keys(own).length > 0 && (
          <Button size="small" look="quiet" icon="refresh" onClick={() => set({ keys: {} })}>
            {t('keysReset')}
          </Button>
        )
      }
    >
      <p className="mb-2 max-w-prose text-muted">{t('keysText')}</p>
      <dl className="grid gap-x-8 sm:grid-cols-2">
        {actions.map((action) => (
          <div key={action.id} className="grid min-h-9 grid-cols-[1fr_auto] items-center gap-x-4 border-b border-line py-1">
            <dt>{nameOfAction(action)}</dt>
            <dd>
              <button
                type="button"
                aria-label={t('keyChange', { name: nameOfAction(action), keys: now[action.id] })}
                onClick={() => {
                  setWrong(null)
                  setRecording(action.id)
                }}
                className="inline-flex min-h-6 min-w-16 items-center justify-end rounded px-1.5 hover:bg-hover coarse:min-h-11"
              >
                {recording === action.id ? <span className="text-xs text-accent">{first ? `${first} …` : t('keyPress')}</span> : <Kbd keys={now[action.id]} />}
              </button>
            </dd>
            {wrong?.id === action.id && (
              <dd role="alert" className="col-span-2 text-xs text-down">
                {wrong.text}
              </dd>
            )}
          </div>
        ))}
      </dl>
    </Panel>
  )
}
