/*
 * What is known of one topic of items: a snapshot replaces it, a delta adds to it. Frames carry the seq of
 * the one before; where that is not what we have, something was missed and the topic asks for a snapshot.
 */
export interface Frame {
  topic: string
  kind: 'snapshot' | 'delta'
  from: number
  seq: number
  resume: string
  items: { key: string; value: unknown }[]
  gone: string[]
}

/** What the page has not seen yet. */
export interface Changes {
  replace: boolean
  items: Map<string, unknown>
  gone: Set<string>
}

export class JsonTopic {
  seq = -1
  resume: string | undefined
  private pending: Changes | null = null

  /** False: a frame is missing, ask for the whole. */
  take(frame: Frame): boolean {
    if (frame.kind === 'snapshot') this.pending = { replace: true, items: new Map(), gone: new Set() }
    else if (frame.from !== this.seq) return false
    const pending = (this.pending ??= { replace: false, items: new Map(), gone: new Set() })
    for (const { key, value } of frame.items) {
      pending.items.set(key, value)
      pending.gone.delete(key)
    }
    for (const key of frame.gone) {
      pending.items.delete(key)
      if (!pending.replace) pending.gone.add(key)
    }
    this.seq = frame.seq
    this.resume = frame.resume
    return true
  }

  drain(): Changes | null {
    const changes = this.pending
    this.pending = null
    return changes
  }
}
