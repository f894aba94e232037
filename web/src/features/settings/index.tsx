import { Tabs } from '@/components/ui'
import { settings as t } from '@/i18n/en/settings'
import { useParam } from '@/lib/router'
import { AccountTab } from './AccountTab'
import { KeysTab } from './KeysTab'
import { LookTab } from './LookTab'
import { SessionsTab } from './SessionsTab'
import { TokensTab } from './TokensTab'

const tabs = ['look', 'account', 'tokens', 'sessions', 'keys'] as const
type Tab = (typeof tabs)[number]

export default function Settings() {
  const [at, setAt] = useParam('tab')
  const tab: Tab = tabs.find((id) => id === at) ?? 'look'
  return (
    <div className="mx-auto flex h-full max-w-4xl flex-col">
      <h1 className="px-4 pt-4 pb-2 text-base font-semibold">{t('title')}</h1>
      <Tabs label={t('title')} tabs={tabs.map((id) => ({ id, label: t(id) }))} value={tab} onChange={setAt} className="min-h-0 flex-1">
        <div className="grid gap-3 p-3">
          {tab === 'look' && <LookTab />}
          {tab === 'account' && <AccountTab />}
          {tab === 'tokens' && <TokensTab />}
          {tab === 'sessions' && <SessionsTab />}
          {tab === 'keys' && <KeysTab />}
        </div>
      </Tabs>
    </div>
  )
}
