import { create } from 'zustand'
import { common } from '@/i18n/en/common'
import { Icon } from './Icon'
import { cx } from './cx'
import { paced } from './pace'

/* News that needs no decision. What needs one is a dialog or stays on the screen. */
type Tone = 'plain' | 'up' | 'down' | 'warn'

interface Note {
  id: number
  text: string
  tone: Tone
  /** It breaks into what is being read aloud: the desk stopped, an order refused. */
  urgent: boolean
}

const useNotes = create<{ notes: Note[] }>(() => ({ notes: [] }))
let last = 0

export function drop(id: number): void {
  useNotes.setState((s) => ({ notes: s.notes.filter((note) => note.id !== id) }))
}

function show(text: string, tone: Tone, urgent: boolean): void {
  const id = ++last
  useNotes.setState((s) => ({ notes: [...s.notes.slice(-3), { id, text, tone, urgent }] }))
  setTimeout(() => drop(id), 6000)
}

const GAP_MS = 1000
const MOST = 4
const weights: readonly Tone[] = ['down', 'warn', 'up', 'plain']

/** A burst in one note: its first texts, how many more there are, and the gravest of their colours. */
export function together(items: readonly { text: string; tone: Tone }[]): { text: string; tone: Tone } {
  const texts = items.slice(0, MOST).map((item) => item.text)
  if (items.length > MOST) texts.push(common('andMore', { n: items.length - MOST }))
  return { text: texts.join('\n'), tone: weights.find((tone) => items.some((item) => item.tone === tone)) ?? 'plain' }
}

const calmly = paced<{ text: string; tone: Tone }>(GAP_MS, (items) => {
  const { text, tone } = together(items)
  show(text, tone, false)
})

/** Told at most once a second, so that a listener can follow. */
export function toast(text: string, tone: Tone = 'plain'): void {
  calmly({ text, tone })
}

/** Told at once, before all else. */
export function alarm(text: string, tone: Tone = 'down'): void {
  show(text, tone, true)
}

const edges = { plain: 'border-l-accent', up: 'border-l-up', down: 'border-l-down', warn: 'border-l-warn' }

export function Toasts() {
  const notes = useNotes((s) => s.notes)
  return (
    <div className="no-print pointer-events-none fixed bottom-16 left-3 z-50 grid w-80 max-w-[calc(100vw-1.5rem)] md:bottom-4">
      <div aria-live="assertive" className="grid">
        {notes.map((note) => note.urgent && <NoteCard key={note.id} note={note} />)}
      </div>
      <div role="status" aria-live="polite" className="grid">
        {notes.map((note) => !note.urgent && <NoteCard key={note.id} note={note} />)}
      </div>
    </div>
  )
}

function NoteCard({ note }: { note: Note }) {
  return (
    <div className={cx('pointer-events-auto mt-2 flex items-start gap-2 rounded-md border border-l-4 border-line-strong bg-raised p-2.5 shadow-float', edges[note.tone])}>
      <p className="min-w-0 flex-1 break-words whitespace-pre-line">{note.text}</p>
      <button type="button" aria-label={common('close')} onClick={() => drop(note.id)} className="grid size-6 place-items-center text-faint hover:text-text">
        <Icon name="close" size={12} />
      </button>
    </div>
  )
}
