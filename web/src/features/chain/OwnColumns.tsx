import { useState } from 'react'
import { chain as t } from '@/i18n/en/chain'
import { Button, Dialog, Help } from '@/components/ui'
import { choosable, fields } from '@/lib/chain/fields'
import { usePrefs } from '@/state/prefs'

/** Which columns one's own set has; kept in this browser. */
export function OwnColumns() {
  const [open, setOpen] = useState(false)
  const { chainColumns, set } = usePrefs()
  return (
    <>
      <Button size="small" look="quiet" onClick={() => setOpen(true)}>
        {t('ownColumns')}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={t('ownColumns')}>
        <div className="grid gap-3 p-4">
          <p className="text-muted">{t('ownColumnsText')}</p>
          <ul className="grid grid-cols-2 gap-x-4">
            {choosable.map((id) => (
              <li key={id} className="flex min-h-8 items-center gap-2 coarse:min-h-11">
                <label className="flex flex-1 items-center gap-2">
                  <input
                    type="checkbox"
                    checked={chainColumns.includes(id)}
                    onChange={(event) => set({ chainColumns: event.target.checked ? [...chainColumns, id] : chainColumns.filter((other) => other !== id) })}
                    className="size-4 accent-[var(--accent-strong)]"
                  />
                  {t(id)}
                </label>
                <Help fact={fields[id].help} />
              </li>
            ))}
          </ul>
        </div>
      </Dialog>
    </>
  )
}
