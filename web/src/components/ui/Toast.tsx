import { create } from 'zustand'
import { common } from '@/i18n/en/common'
import { Icon } from './Icon'
import { cx } from './cx'

/* News that needs no decision. What needs one is a dialog or stays on the screen. */
interface Note {
  id: number
  text: string
  tone: 'plain' | 'up' | 'down' | 'warn'
}

const useNotes = create<{ notes: Note[] }>(() => ({ notes: [] }))
let last = 0

export function drop(id: number): void {
  useNotes.setState((s) => ({ notes: s.notes.filter((note) => note.id !== id) }))
}

export function toast(text: string, tone: Note['tone'] = 'plain'): void {
  const id = ++last
  useNotes.setState((s) => ({ notes: [...s.notes.slice(-3), { id, text, tone }] }))
  setTimeout(() => drop(id), 6000)
}

const edges = { plain: 'border-l-accent', up: 'border-l-up', down: 'border-l-down', warn: 'border-l-warn' }

export function Toasts() {
  const notes = useNotes((s) => s.notes)
  return (
    <div role="status" aria-live="polite" className="no-print pointer-events-none fixed bottom-16 left-3 z-50 grid w-80 max-w-[calc(100vw-1.5rem)] gap-2 md:bottom-4">
      {notes.map((note) => (
        <div key={note.id} className={cx('pointer-events-auto flex items-start gap-2 rounded-md border border-l-4 border-line-strong bg-raised p-2.5 shadow-float', edges[note.tone])}>
          <p className="min-w-0 flex-1 break-words">{note.text}</p>
          <button type="button" aria-label={common('close')} onClick={() => drop(note.id)} className="grid size-6 place-items-center text-faint hover:text-text">
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </div>
  )
}
