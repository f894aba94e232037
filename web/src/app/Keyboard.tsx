import { Dialog, Kbd } from '@/components/ui'
import { screenTitle, shell as t } from '@/i18n/en/shell'
import { screens } from './screens'

/** What the keys do: `?`. */
export default function Keyboard({ onClose }: { onClose: () => void }) {
  const groups: [string, [string, string][]][] = [
    [
      t('keysAnywhere'),
      [
        ['Mod+K', t('keyFind')],
        ['?', t('keyHelp')],
        ['T', t('keyTicket')],
        ['Alt+Shift+T', t('keyTheme')],
        ['Alt+Shift+F', t('flatten')],
        ['Esc', t('keyEscape')],
        ...screens.map((s): [string, string] => [`g ${s.key}`, t('goTo', { name: screenTitle(s.id) })]),
      ],
    ],
    [
      t('keysChain'),
      [
        ['←', t('keyArrows')],
        ['B', t('keyBuy')],
        ['S', t('keySell')],
        ['Shift+Enter', t('keyVertical')],
        ['[', t('keyExpiry')],
        ['Home', t('keyAtm')],
        ['PgUp', t('keyPage')],
      ],
    ],
    [
      t('keysBuilder'),
      [
        ['←', t('keyMoveStrike')],
        ['Shift+←', t('keyMoveAll')],
        ['Del', t('keyRemove')],
        ['Space', t('keyFlip')],
      ],
    ],
    [
      t('keysTicket'),
      [
        ['Mod+Enter', t('keyPreview')],
        ['Enter', t('keySend')],
      ],
    ],
  ]
  return (
    <Dialog open onClose={onClose} title={t('shortcuts')} wide>
      <div className="gap-8 p-4 sm:columns-2">
        {groups.map(([title, keys]) => (
          <section key={title} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-2xs font-semibold tracking-wide text-muted uppercase">{title}</h3>
            <dl className="grid gap-1">
              {keys.map(([key, text]) => (
                <div key={key} className="flex min-h-6 items-center justify-between gap-4 border-b border-line">
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
