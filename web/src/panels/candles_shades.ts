/* What lies behind the candles: bars outside the session, and every other day. Drawn in the library's own bottom layer. */
import type { IChartApi, ISeriesPrimitive, SeriesAttachedParameter, Time, UTCTimestamp } from 'lightweight-charts'
import type { Span } from '@/lib/bars/sessions'
import { colour } from '@/state/prefs'

const tokens: Record<Span['kind'], string> = { outside: 'band', other: 'inset' }

export class Shades implements ISeriesPrimitive<Time> {
  #spans: readonly Span[] = []
  #chart: IChartApi | null = null
  #update: (() => void) | null = null

  attached({ chart, requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.#chart = chart as IChartApi
    this.#update = requestUpdate
  }

  detached(): void {
    this.#chart = null
    this.#update = null
  }

  show(spans: readonly Span[]): void {
    this.#spans = spans
    this.#update?.()
  }

  paneViews(): ReturnType<NonNullable<ISeriesPrimitive<Time>['paneViews']>> {
    const scale = this.#chart?.timeScale()
    if (!scale || this.#spans.length === 0) return []
    const half = scale.options().barSpacing / 2
    const at = (time: number) => scale.timeToCoordinate(time as UTCTimestamp)
    const boxes = this.#spans.flatMap(({ from, to, kind }) => {
      const [left, right] = [at(from), at(to)]
      return left === null || right === null ? [] : [{ left: left - half, right: right + half, fill: colour(tokens[kind]) }]
    })
    return [
      {
        zOrder: () => 'bottom',
        renderer: () => ({
          draw: (target) =>
            target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio }) => {
              for (const { left, right, fill } of boxes) {
                context.fillStyle = fill
                context.fillRect(left * horizontalPixelRatio, 0, (right - left) * horizontalPixelRatio, bitmapSize.height)
              }
            }),
        }),
      },
    ]
  }
}
