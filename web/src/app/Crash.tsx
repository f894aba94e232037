import { Component, type ReactNode } from 'react'
import { shell as t } from '@/i18n/en/shell'
import { Button, Empty } from '@/components/ui'

/** One screen may fail without taking the desk with it. */
export class Crash extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children
    return (
      <Empty icon="warn" title={t('crashed')} action={<Button onClick={() => window.location.reload()}>{t('reload')}</Button>}>
        <code className="break-words">{this.state.error.message}</code>
      </Empty>
    )
  }
}
