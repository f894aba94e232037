import { useState } from 'react'
import { builder as t } from '@/i18n/en/builder'
import { cx, Segmented } from '@/components/ui'
import { structures, type Structure, type View } from '@/lib/structures'
import { MiniPayoff } from './MiniPayoff'

type Shown = View | 'all'
type Name = Parameters<typeof t>[0]

/** The structures with their shapes, by what one expects of the price. */
export function StructureMenu({ onChoose, chosen }: { onChoose: (structure: Structure) => void; chosen: string | null }) {
  const [view, setView] = useState<Shown>('all')
  const shown = structures.filter((s) => view === 'all' || s.view === view)
  return (
    <section aria-label={t('structures')} className="border-b border-line">
      <div className="overflow-x-auto p-2">
        <Segmented<Shown> label={t('view')} value={view} onChange={setView} choices={(['all', 'up', 'down', 'flat', 'move'] as const).map((v) => ({ value: v, label: t(`view_${v}`) }))} />
      </div>
      <div className="grid max-h-44 lg:max-h-[19.5rem] grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-1 overflow-auto px-2 pb-2">
        {shown.map((s) => (
          <button
            key={s.id}
            type="button"
            onClick={() => onChoose(s)}
            aria-pressed={chosen === s.id}
            className={cx('grid gap-0.5 rounded-[5px] border px-1.5 pt-1 pb-1.5 text-center text-2xs', chosen === s.id ? 'border-accent bg-accent-soft' : 'border-line bg-raised hover:border-line-strong hover:bg-hover')}
          >
            <MiniPayoff structure={s} />
            {t(s.id as Name)}
          </button>
        ))}
      </div>
    </section>
  )
}
