import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { User } from '@/api/types.gen'
import { audit as t } from '@/i18n/en/audit'
import { api } from '@/lib/http'
import { useMay, useSession } from '@/state/session'

/** People, and names for their ids: all of them for who manages them, else oneself. */
export function usePeople(): { people: readonly Pick<User, 'id' | 'login'>[]; nameOf: (id: string) => string } {
  const me = useSession((s) => s.me)
  const may = useMay('users:manage')
  const users = useQuery({ queryKey: ['users'], queryFn: () => api('GET /api/v1/users', { query: { limit: 500 } }), enabled: may, staleTime: 300_000 })
  return useMemo(() => {
    const people = users.data?.items ?? (me ? [{ id: me.user_id, login: me.login }] : [])
    const names = new Map(people.map((user) => [user.id, user.login]))
    return { people, nameOf: (id: string) => (id === '' ? t('program') : (names.get(id) ?? id)) }
  }, [users.data, me])
}
