import { useState } from 'react'
import { Badge, cx, Empty, Failure, Input, Skeleton } from '@/components/ui'
import { strategies as t } from '@/i18n/en/strategies'
import { setParams, useParam } from '@/lib/router'
import { OnDesk } from './OnDesk'
import { readChoice, useCatalogue, useSaved } from './queries'
import { StrategyPage } from './StrategyPage'

export default function Strategies() {
  const [choice] = useParam('strategy')
  const chosen = readChoice(choice)
  return (
    <div className="flex h-full min-h-0">
      <aside className={cx('min-h-0 w-full shrink-0 border-line md:block md:w-80 md:border-r', chosen && 'hidden')}>
        <List choice={choice} />
      </aside>
      <div className={cx('min-h-0 min-w-0 flex-1 overflow-auto', !chosen && 'hidden md:block')}>
        <div className="mx-auto grid max-w-5xl gap-3 p-3">
          {chosen ? (
            <StrategyPage key={choice} chosen={chosen} />
          ) : (
            <>
              <OnDesk />
              <Empty icon="strategies" title={t('choose')}>
                {t('chooseText')}
              </Empty>
            </>
          )}
        </div>
      </div>
    </div>
  )
}

function List({ choice }: { choice: string | null }) {
  const [filter, setFilter] = useState('')
  const catalogue = useCatalogue()
  const saved = useSaved()
  const words = filter.toLowerCase()
  const fits = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(words))
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="shrink-0 border-b border-line p-2 pl-3">
        <h1 className="min-h-6 text-sm font-semibold">{t('title')}</h1>
      </header>
      <div className="shrink-0 p-2">
        <Input type="search" aria-label={t('filter')} placeholder={t('filter')} value={filter} onChange={(event) => setFilter(event.target.value)} />
      </div>
      <div className="min-h-0 flex-1 overflow-auto" role="region" aria-label={t('title')} tabIndex={0}>
        <div className="md:hidden">
          <OnDesk />
        </div>
        <h2 className="px-3 pt-2 pb-1 text-2xs font-semibold text-faint">{t('saved')}</h2>
        {saved.isPending && <Skeleton rows={2} />}
        {saved.isError && <Failure error={saved.error} retry={() => void saved.refetch()} />}
        {saved.data?.items.length === 0 && <p className="px-3 pb-2 text-xs text-faint">{t('noSaved')}</p>}
        <ul>
          {saved.data?.items
            .filter((s) => fits(s.name, s.note))
            .map((s) => (
              <Item key={s.id} id={`s:${s.id}`} choice={choice} title={s.name} detail={s.note} badge={t('version', { n: s.version })} />
            ))}
        </ul>
        <h2 className="px-3 pt-3 pb-1 text-2xs font-semibold text-faint">{t('catalogue')}</h2>
        {catalogue.isPending && <Skeleton rows={12} />}
        {catalogue.isError && <Failure error={catalogue.error} retry={() => void catalogue.refetch()} />}
        <ul>
          {catalogue.data?.items
            .filter((e) => fits(e.name, e.title, e.underlying, e.description))
            .map((e) => (
              <Item key={e.name} id={`c:${e.name}`} choice={choice} title={e.title} detail={e.description} badge={e.underlying} />
            ))}
        </ul>
      </div>
    </div>
  )
}

function Item({ id, choice, title, detail, badge }: { id: string; choice: string | null; title: string; detail: string; badge: string }) {
  const selected = id === choice
  return (
    <li>
      <button
        type="button"
        aria-current={selected || undefined}
        onClick={() => setParams({ strategy: id })}
        className={cx('grid min-h-11 w-full grid-cols-[1fr_auto] items-center gap-x-2 border-b border-line px-3 py-1.5 text-left', selected ? 'bg-accent-soft' : 'hover:bg-hover')}
      >
        <span className="truncate text-xs font-medium">{title}</span>
        <Badge>{badge}</Badge>
        <span className="col-span-2 truncate text-2xs text-faint">{detail}</span>
      </button>
    </li>
  )
}
