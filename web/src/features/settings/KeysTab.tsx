import { Kbd, Panel } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { shell } from '@/i18n/en/shell'

const keys: [string, Parameters<typeof shell>[0]][] = [
  ['Mod+K', 'keyFind'],
  ['?', 'keyHelp'],
  ['T', 'keyTicket'],
  ['Alt+Shift+T', 'keyTheme'],
  ['Alt+Shift+F', 'flatten'],
  ['Esc', 'keyEscape'],
  ['←', 'keyArrows'],
  ['B', 'keyBuy'],
  ['S', 'keySell'],
  ['[', 'keyExpiry'],
  ['Home', 'keyAtm'],
  ['Shift+←', 'keyMoveAll'],
  ['Del', 'keyRemove'],
  ['Mod+Enter', 'keyPreview'],
]

export function KeysTab() {
  return (
    <Panel title={t('keys')}>
      <p className="mb-2 text-muted">{t('keysText')}</p>
      <dl className="grid gap-x-8 sm:grid-cols-2">
        {keys.map(([key, text]) => (
          <div key={key} className="flex min-h-8 items-center justify-between gap-4 border-b border-line">
            <dt>{shell(text)}</dt>
            <dd>
              <Kbd keys={key} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
