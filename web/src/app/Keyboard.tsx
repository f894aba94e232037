import { Dialog, Kbd } from '@/components/ui'
import { screenTitle, shell as t } from '@/i18n/en/shell'
import { actions, useKeys, type Action } from '@/lib/keymap'

/** What the keys do, as they are set: `?`. */
export default function Keyboard({ onClose }: { onClose: () => void }) {
  const keys = useKeys()
  const of = (where: Action['where']) => actions.filter((a) => a.where === where).map((a): [string, string] => [keys[a.id], a.word ? t(a.word) : t('goTo', { name: screenTitle(a.screen ?? 'desk') })])
  const groups: [string, [string, string][]][] = [
    [t('keysAnywhere'), [...of('anywhere'), ['Alt+1–9', t('keyPanel')], ['Esc', t('keyEscape')], ...of('screens')]],
    [t('keysChain'), [['←', t('keyArrows')], ...of('chain'), ['Shift+Enter', t('keyVertical')], ['Delete', t('keyRemove')], ['Home', t('keyAtm')], ['PgUp', t('keyPage')]]],
    [
      t('keysBuilder'),
      [
        ['←', t('keyMoveStrike')],
        ['Shift+←', t('keyMoveAll')],
        ['Ctrl+←', t('keyMirror')],
        ['Del', t('keyRemove')],
        ['Space', t('keyFlip')],
      ],
    ],
    [t('keysCharts'), [['A–Z', t('keySymbol')], ['0–9', t('keyInterval')], ['+ −', t('keyCompare')], ['Space', t('keyReplay')], ['← →', t('keyStep')]]],
    [t('keysTicket'), [...of('ticket'), ['Enter', t('keySend')]]],
  ]
  return (
    <Dialog open onClose={onClose} title={t('shortcuts')} wide>
      <div className="gap-8 p-4 sm:columns-2">
        {groups.map(([title, rows]) => (
          <section key={title} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-2xs font-semibold tracking-wide text-muted uppercase">{title}</h3>
            <dl className="grid gap-1">
              {rows.map(([key, text]) => (
                <div key={text} className="flex min-h-6 items-center justify-between gap-4 border-b border-line">
                  <dt>{text}</dt>
                  <dd>
                    <Kbd keys={key} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
