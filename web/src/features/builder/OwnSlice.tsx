import { builder as t } from '@/i18n/en/builder'
import { IconButton, NumberInput } from '@/components/ui'
import { stepOf, type Slice } from './slices'

interface Props {
  slice: Slice
  n: number
  onMove: (id: number, value: number) => void
  onRemove: (id: number) => void
}

/** An own price in its row: typed or stepped, and taken away again. */
export function OwnSlice({ slice, n, onMove, onRemove }: Props) {
  return (
    <span className="flex items-center gap-1">
      <NumberInput label={t('sliceOwn', { n })} value={slice.value} onChange={(value) => onMove(slice.id, value)} {...stepOf(slice.unit)} className="!h-5 !w-16 coarse:!h-11" />
      <span className="text-2xs">{t(`short_${slice.unit}`)}</span>
      <IconButton icon="close" size="small" label={t('sliceRemove', { n })} onClick={() => onRemove(slice.id)} />
    </span>
  )
}
