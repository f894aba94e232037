import { auth as t } from '@/i18n/en/auth'
import { Gate } from './Gate'
import { LoginForm } from './LoginForm'

export function LoginPage() {
  return (
    <Gate title={t('title')}>
      <LoginForm />
    </Gate>
  )
}
