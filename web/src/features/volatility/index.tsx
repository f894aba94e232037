import { Empty } from '@/components/ui'

export default function Screen() {
  return <Empty title="volatility" />
}
