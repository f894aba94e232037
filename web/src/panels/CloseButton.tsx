import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Position } from '@/api/types.gen'
import { Button, Failure, toast } from '@/components/ui'
import { common } from '@/i18n/en/common'
import { orders as words } from '@/i18n/en/orders'
import { positions as t } from '@/i18n/en/positions'
import { dollars, fromMicros } from '@/lib/format'
import { api } from '@/lib/http'
import { useOld } from '@/lib/age'
import { useVerdict } from '@/lib/preview'
import { oldNote, useSecondPress, whyNotNow } from '@/lib/send'
import { nameOf, turnedRound } from '@/lib/risk'
import { newKey } from '@/state/draft'
import { useMay } from '@/state/session'
import { OrderDialog } from './Mode'
import { isJudged, Verdict } from './Verdict'

/** Reducing risk takes two presses, not a form; between them the desk says what it makes of it. */
export function CloseButton({ position, quiet }: { position: Position; quiet?: boolean }) {
  const may = useMay('trade:paper')
  const [open, setOpen] = useState(false)
  return (
    <span onClick={(event) => event.stopPropagation()} role="presentation">
      <Button size="small" look={quiet ? 'quiet' : 'plain'} onClick={() => setOpen(true)} whyNot={(!may && t('needsPermission')) || (position.working > 0 && t('exitWorking'))}>
        {t('close')}
      </Button>
      {open && <CloseDialog position={position} onClose={() => setOpen(false)} />}
    </span>
  )
}

function CloseDialog({ position, onClose }: { position: Position; onClose: () => void }) {
  // However often it is pressed, it is closed once.
  const [key] = useState(newKey)
  const name = nameOf(position)
  const order = turnedRound(position)
  const verdict = useVerdict(order, order !== null)
  const close = useMutation({
    mutationFn: () => api('POST /api/v1/positions/{key}/close', { path: { key: position.key }, body: { reason: 'closed on the page' }, once: key }),
    onSuccess: (sent) => {
      onClose()
      toast(t('closed', { id: sent.id, name }))
    },
  })
  const old = useOld()(position.symbol)
  const { asked, press } = useSecondPress(old, () => close.mutate())
  const cash = fromMicros(verdict.preview?.cash_micros)
  const send = cash === null ? t('closeTitle', { name }) : t(cash < 0 ? 'closePay' : 'closeReceive', { name, cash: dollars(Math.abs(cash)) })
  return (
    <OrderDialog
      open
      onClose={onClose}
      title={t('closeTitle', { name })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          {/* A no does not lock the way out: the desk judges the close itself once more. */}
          <Button look="danger" data-first disabled={close.isPending} whyNot={whyNotNow(old, position.symbol, true) || (order !== null && !isJudged(verdict) && t('judging'))} onClick={press} className="!h-auto min-h-control !shrink !whitespace-normal">
            {asked ? words('oldAgain', { what: send }) : send}
          </Button>
        </>
      }
    >
      <p className="px-4 pt-4">{t('closeText')}</p>
      {order === null ? (
        <p className="p-4 text-muted">{t('closeNothing')}</p>
      ) : (
        <div className="px-1">
          <Verdict verdict={verdict} brief old={oldNote(old, position.symbol, true)} />
        </div>
      )}
      {close.isError && <Failure error={close.error} title={t('notClosed', { name })} advice={t('notClosedText')} />}
    </OrderDialog>
  )
}
