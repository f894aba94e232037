import { useEffect, useRef, useState, type ReactNode } from 'react'
import { volatility as t } from '@/i18n/en/volatility'
import { percent, signed } from '@/lib/format'
import { colour, onTheme } from '@/state/prefs'
import { SurfaceScene } from './scene'

interface Props {
  summary: string
  /** A row for each expiry, a column for each step; null: no quotes there. */
  grid: readonly (readonly (number | null)[])[]
  steps: readonly number[]
  names: readonly string[]
  low: number
  high: number
  /** Shown where the browser has no WebGL. */
  twin: ReactNode
}

/** As high as a wide frame lets it be; a narrow one is lower, as the mesh is in it. */
const heightOf = (width: number) => Math.round(Math.min(392, Math.max(240, width * 0.72)))

/** The surface as a mesh; drawn when it changes or is turned, never by itself. */
export default function Surface3D({ summary, grid, steps, names, low, high, twin }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const scene = useRef<SurfaceScene | null>(null)
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    const box = frame.current
    if (!box) return
    try {
      scene.current = new SurfaceScene(box, heightOf(box.clientWidth))
    } catch {
      setFailed(true)
      return
    }
    const resized = new ResizeObserver(() => scene.current?.resize(box.clientWidth, heightOf(box.clientWidth)))
    resized.observe(box)
    return () => {
      resized.disconnect()
      scene.current?.dispose()
      scene.current = null
    }
  }, [])

  useEffect(() => {
    const draw = () =>
      scene.current?.show({
        grid,
        low,
        high,
        colours: { low: colour('accent-strong'), middle: colour('up'), high: colour('warn'), line: colour('canvas'), text: colour('muted'), floor: colour('line-strong') },
        across: steps.flatMap((z, i) => (Number.isInteger(z) ? [{ at: i / (steps.length - 1), text: `${signed(z)}σ` }] : [])),
        along: names.flatMap((text, i) => (i % Math.ceil(names.length / 5) === 0 || i === names.length - 1 ? [{ at: i / Math.max(1, names.length - 1), text }] : [])),
        up: [low, (low + high) / 2, high].map((vol) => ({ at: (vol - low) / (high - low || 1), text: percent(vol, 0) })),
      })
    draw()
    return onTheme(draw)
  }, [grid, steps, names, low, high, failed])

  if (failed) {
    return (
      <>
        <p className="p-3 text-xs text-warn">{t('noWebgl')}</p>
        {twin}
      </>
    )
  }
  return (
    <div>
      <div
        ref={frame}
        role="img"
        aria-label={summary}
        tabIndex={0}
        className="relative w-full touch-none overflow-hidden"
        onKeyDown={(event) => {
          const turn = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.08], ArrowDown: [0, 0.08] }[event.key]
          if (!turn) return
          event.preventDefault()
          scene.current?.turn(turn[0] ?? 0, turn[1] ?? 0)
        }}
      />
      <p className="px-3 pb-2 text-2xs text-faint">{t('turn')}</p>
    </div>
  )
}
