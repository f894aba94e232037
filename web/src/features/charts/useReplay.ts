import { useEffect, useRef, useState } from 'react'
import type { CandleBar, Interval } from '@/lib/bars/bars'
import { beginning, momentText, parseMoment, stepped } from '@/lib/bars/replay'
import { useBars, useStoredDay } from '@/lib/bars/source'
import { useParam } from '@/lib/router'

/* Bars a second. */
export const SPEEDS = ['1', '2', '5', '10', '30', '60'] as const
export type Speed = (typeof SPEEDS)[number]

const TICK_MS = 50
/* Browsers hold up who changes the address often. */
const ADDRESS_MS = 1000

export interface Replay {
  /** null: live. */
  moment: number | null
  /** What the address says: at or before the moment, and changed once a second while it plays. */
  said: number | null
  playing: boolean
  bars: readonly CandleBar[]
  speed: Speed
  setSpeed: (speed: Speed) => void
  begin: () => void
  play: (on: boolean) => void
  step: (by: number) => void
  goTo: (moment: number) => void
  leave: () => void
}

/** A chart's moment. The address has it; while it plays it runs ahead of the address. */
export function useReplay(symbol: string, interval: Interval): Replay {
  const [param, setParam] = useParam('replay')
  const said = parseMoment(param)
  const [running, setRunning] = useState<number | null>(null)
  const [speed, setSpeed] = useState<Speed>('2')
  const moment = said === null ? null : (running ?? said)
  const { data } = useBars(symbol, interval, useStoredDay(symbol, interval, moment))
  const bars = data ?? none
  const playing = running !== null && said !== null

  const latest = useRef({ bars, interval, moment })
  useEffect(() => {
    latest.current = { bars, interval, moment }
  })

  // Whoever takes the moment out of the address ends what plays.
  useEffect(() => {
    if (said === null) setRunning(null)
  }, [said])

  useEffect(() => {
    if (!playing) return
    let due = 0
    let before = performance.now()
    let written = before
    const timer = setInterval(() => {
      const now = performance.now()
      // A hidden page sleeps; what it slept through is not made up for.
      due += (Math.min(now - before, 1000) / 1000) * Number(speed)
      before = now
      const steps = Math.floor(due)
      const { bars, interval, moment } = latest.current
      if (steps === 0 || moment === null) return
      due -= steps
      const next = stepped(bars, interval, moment, steps)
      const over = next <= moment
      if (over || now - written >= ADDRESS_MS) {
        written = now
        setParam(momentText(over ? moment : next))
      }
      setRunning(over ? null : next)
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [playing, speed, setParam])

  const goTo = (to: number) => {
    setRunning(null)
    setParam(momentText(to))
  }
  return {
    moment,
    said,
    playing,
    bars,
    speed,
    setSpeed,
    begin: () => {
      const first = beginning(bars, interval)
      if (first !== null) setParam(momentText(first))
    },
    play: (on) => {
      if (on) setRunning(moment)
      else if (moment !== null) goTo(moment)
    },
    step: (by) => moment !== null && goTo(stepped(bars, interval, moment, by)),
    goTo,
    leave: () => {
      setRunning(null)
      setParam(null)
    },
  }
}

const none: readonly CandleBar[] = []
