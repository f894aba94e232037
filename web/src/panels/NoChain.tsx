import { chain as t } from '@/i18n/en/chain'
import { Button, Empty, Failure } from '@/components/ui'
import { ApiError } from '@/lib/http'

interface Props {
  symbol: string
  error: unknown
  retry: () => void
  /** The stored day that was asked for, and the way back from it. */
  day?: string | null
  onNow?: () => void
}

/** Why there is no chain, and what to do: that there is none is one thing, that it could not be had another. */
export function NoChain({ symbol, error, retry, day = null, onNow }: Props) {
  if (!(error instanceof ApiError) || error.status !== 404) return <Failure error={error} retry={retry} />
  return (
    <Empty
      icon="chain"
      title={t('nothing', { symbol })}
      action={
        <span className="flex gap-2">
          {day && onNow && (
            <Button size="small" onClick={onNow}>
              {t('backToNow')}
            </Button>
          )}
          <Button size="small" icon="refresh" onClick={retry}>
            {t('lookAgain')}
          </Button>
        </span>
      }
    >
      <p>{error.message}</p>
      <p className="mt-1">{t('nothingText')}</p>
    </Empty>
  )
}
