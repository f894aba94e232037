import { useState, type ReactNode } from 'react'
import { Panel, Segmented } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { arrow, gain, moment, tone } from '@/lib/format'
import { usePrefs } from '@/state/prefs'

function Row({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div className="grid items-center gap-1 border-b border-line py-2.5 last:border-0 sm:grid-cols-[10rem_1fr]">
      <span className="text-muted">{label}</span>
      <div>
        {children}
        {hint && <p className="mt-1 max-w-prose text-xs text-faint">{hint}</p>}
      </div>
    </div>
  )
}

const DAY = 1_718_980_260_000_000_000

export function LookTab() {
  const { theme, density, colours, locale, zone, notices, set } = usePrefs()
  const [denied, setDenied] = useState(false)
  const ask = async (wanted: boolean) => {
    const given = wanted && 'Notification' in window ? await Notification.requestPermission() : 'default'
    setDenied(wanted && given !== 'granted')
    set({ notices: wanted && given === 'granted' })
  }
  return (
    <Panel title={t('look')} actions={<span className="pr-2 text-2xs text-faint">{t('kept')}</span>}>
      <Row label={t('theme')}>
        <Segmented
          label={t('theme')}
          value={theme}
          onChange={(next) => set({ theme: next })}
          choices={[
            { value: 'dark', label: t('dark') },
            { value: 'light', label: t('light') },
            { value: 'system', label: t('system') },
          ]}
        />
      </Row>
      <Row label={t('density')}>
        <Segmented
          label={t('density')}
          value={density}
          onChange={(next) => set({ density: next })}
          choices={[
            { value: 'compact', label: t('compact') },
            { value: 'cozy', label: t('cozy') },
            { value: 'comfortable', label: t('comfortable') },
          ]}
        />
      </Row>
      <Row label={t('colours')} hint={t('coloursHint')}>
        <Segmented
          label={t('colours')}
          value={colours}
          onChange={(next) => set({ colours: next })}
          choices={[
            { value: 'green-red', label: t('greenRed') },
            { value: 'blue-orange', label: t('blueOrange') },
          ]}
        />
      </Row>
      <Row label={t('zone')} hint={t('zoneHint')}>
        <Segmented
          label={t('zone')}
          value={zone}
          onChange={(next) => set({ zone: next })}
          choices={[
            { value: 'exchange', label: t('exchange') },
            { value: 'local', label: t('local') },
          ]}
        />
      </Row>
      <Row label={t('news')} hint={denied ? t('newsDenied') : t('newsHint')}>
        <Segmented
          label={t('news')}
          value={notices ? 'on' : 'off'}
          onChange={(next) => void ask(next === 'on')}
          choices={[
            { value: 'off', label: t('newsOff') },
            { value: 'on', label: t('newsOn') },
          ]}
        />
      </Row>
      <Row label={t('language')}>
        <Segmented
          label={t('language')}
          value={locale}
          onChange={(next) => set({ locale: next })}
          choices={[
            { value: 'en', label: t('english') },
            { value: 'pseudo', label: t('pseudo') },
          ]}
        />
      </Row>
      <Row label={t('sample')}>
        <p className="flex flex-wrap gap-4 font-medium">
          {[1083.5, -367.2].map((value) => (
            <span key={value} className={tone(value)}>
              {arrow(value)} {gain(value, 2)}
            </span>
          ))}
          <span className="text-muted">{moment(DAY)}</span>
        </p>
      </Row>
    </Panel>
  )
}
