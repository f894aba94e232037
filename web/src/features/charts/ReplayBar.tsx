import { charts as t } from '@/i18n/en/charts'
import { Button, control, cx, Icon, IconButton, Select } from '@/components/ui'
import { DAY, dayText, exchangeNs, type Interval } from '@/lib/bars/bars'
import { known, momentText, parseMoment, stepped } from '@/lib/bars/replay'
import { useDesk } from '@/lib/desk'
import { day as dayShort, weekday } from '@/lib/format'
import { navigate } from '@/lib/router'
import { SPEEDS, type Replay } from './useReplay'

/** The moment in words: a day's end has no hour. */
export function momentWords(moment: number): string {
  const day = dayText(moment - 1)
  const date = `${weekday(day)} ${dayShort(day, true)}`
  return moment % DAY === 0 ? t('replayDay', { date }) : t('replayTime', { date, time: momentText(moment).slice(11) })
}

/** What says that this is not live, and takes one through it. */
export function ReplayBar({ symbol, interval, replay, moment, noMove }: { symbol: string; interval: Interval; replay: Replay; moment: number; noMove: boolean }) {
  const { bars, playing, speed } = replay
  const desk = useDesk()
  const shown = known(bars, interval, moment)
  const last = shown.at(-1)
  const words = momentWords(moment)
  const atStart = stepped(bars, interval, moment, -1) >= moment
  const atEnd = stepped(bars, interval, moment, 1) <= moment
  const day = dayText(interval === 'day' && last ? last.time : moment - 1)
  const ownDay = desk?.day === day && desk.symbols.includes(symbol)
  return (
    <section aria-label={t('replayControls')} className="grid gap-1.5 border-b-2 border-dashed border-warn bg-warn-soft/40 px-3 py-1.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="inline-flex items-center gap-1.5 font-semibold text-warn">
          <Icon name="replay" size={14} />
          {t('replayBanner')}
        </p>
        {/* Told when it stands still; what plays would talk without end. */}
        <p role="status" aria-live={playing ? 'off' : 'polite'} className="text-xs text-muted">
          {t('replayText', { moment: words })}
          {noMove && ` · ${t('noMove')}`}
        </p>
        <div className="flex-1" />
        <Button size="small" icon="chain" whyNot={ownDay && t('chainLive')} onClick={() => navigate(`/chain?${new URLSearchParams({ symbol, day, at: String(exchangeNs(moment)) })}`)}>
          {t('chainThen')}
        </Button>
        <Button size="small" icon="close" onClick={replay.leave}>
          {t('leave')}
        </Button>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <div className="flex items-center">
          <IconButton icon="stepBack" label={t('stepBack')} keys="←" whyNot={atStart && t('atStart')} onClick={() => replay.step(-1)} />
          <IconButton icon={playing ? 'pause' : 'play'} label={t(playing ? 'pause' : 'play')} keys="Space" look="plain" whyNot={atEnd && !playing && t('atEnd')} onClick={() => replay.play(!playing)} />
          <IconButton icon="stepOn" label={t('stepOn')} keys="→" whyNot={atEnd && t('atEnd')} onClick={() => replay.step(1)} />
        </div>
        <Select aria-label={t('speed')} value={speed} choices={SPEEDS.map((value) => ({ value, label: t('speedOf', { n: Number(value) }) }))} onChange={replay.setSpeed} className="!w-auto text-xs" />
        <input
          type={interval === 'day' ? 'date' : 'datetime-local'}
          step={interval === 'day' ? undefined : 1}
          aria-label={t(interval === 'day' ? 'day_' : 'when')}
          value={interval === 'day' ? day : new Date(moment * 1000).toISOString().slice(0, 19)}
          onChange={(event) => {
            const to = parseMoment(event.target.value)
            if (to !== null) replay.goTo(to)
          }}
          className={cx(control, '!w-auto text-xs')}
        />
        <input
          type="range"
          aria-label={t('position')}
          aria-valuetext={words}
          className="h-5 min-w-32 flex-1 accent-[var(--warn)] coarse:h-11"
          min={1}
          max={Math.max(1, bars.length)}
          value={Math.max(1, shown.length)}
          onChange={(event) => replay.goTo(stepped(bars, interval, moment, Number(event.target.value) - shown.length))}
        />
      </div>
    </section>
  )
}
