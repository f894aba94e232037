/* Who is here. The page asks once at the start, and again when the server says that a session is over. */
import { create } from 'zustand'
import type { LoginAnswer, Me } from '@/api/types.gen'
import { api, ApiError, setCsrf, setGuards } from '@/lib/http'

type State = 'asking' | 'setup' | 'out' | 'in' | 'ended' | 'unreachable'

interface Session {
  state: State
  me: Me | null
  /** Set while the server wants a proof; the answer of the dialog goes here. */
  proving: ((given: boolean) => void) | null
}

export const useSession = create<Session>(() => ({ state: 'asking', me: null, proving: null }))

function enter(me: Me): void {
  setCsrf(me.csrf_token)
  useSession.setState({ state: 'in', me })
}

export async function askWho(): Promise<void> {
  try {
    enter(await api('GET /api/v1/auth/me'))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) {
      useSession.setState({ state: 'unreachable' })
      return
    }
    const { needed } = await api('GET /api/v1/setup').catch(() => ({ needed: false }))
    useSession.setState({ state: needed ? 'setup' : 'out', me: null })
  }
}

/** Takes the answer of a login; the challenge where a second step is asked for. */
export async function arrived(answer: LoginAnswer): Promise<string | null> {
  if (answer.status === 'second_factor') return answer.challenge ?? ''
  if (answer.me) enter(answer.me)
  else await askWho()
  return null
}

export async function leave(): Promise<void> {
  await api('POST /api/v1/auth/logout').catch(() => undefined)
  setCsrf(null)
  useSession.setState({ state: 'out', me: null })
}

export function may(permission: string): boolean {
  return useSession.getState().me?.permissions.includes(permission) ?? false
}

export function useMay(permission: string): boolean {
  return useSession((s) => s.me?.permissions.includes(permission) ?? false)
}

setGuards({
  ended: () => {
    if (useSession.getState().state === 'in') useSession.setState({ state: 'ended' })
  },
  prove: () =>
    new Promise((resolve) => {
      useSession.setState({
        proving: (given) => {
          useSession.setState({ proving: null })
          resolve(given)
        },
      })
    }),
})
