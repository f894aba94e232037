import { useQuery } from '@tanstack/react-query'
import { api } from '@/lib/http'

/** What is looked at: "c:NAME" of the catalogue, or "s:ID" of the saved ones. */
export interface Chosen {
  kind: 'catalogue' | 'saved'
  id: string
}

export function readChoice(text: string | null): Chosen | null {
  if (text?.startsWith('c:')) return { kind: 'catalogue', id: text.slice(2) }
  if (text?.startsWith('s:')) return { kind: 'saved', id: text.slice(2) }
  return null
}

export function useCatalogue() {
  return useQuery({ queryKey: ['catalogue'], queryFn: () => api('GET /api/v1/catalogue'), staleTime: 300_000 })
}

export function useSaved() {
  return useQuery({ queryKey: ['strategies'], queryFn: () => api('GET /api/v1/strategies', { query: { limit: 500 } }) })
}

/** The file and what the server reads out of it. */
export function useFile({ kind, id }: Chosen) {
  return useQuery({
    queryKey: ['strategy', kind, id],
    queryFn: async () => {
      if (kind === 'catalogue') {
        const entry = await api('GET /api/v1/catalogue/{name}', { path: { name: id } })
        return { entry, text: entry.text ?? '', saved: null }
      }
      const saved = await api('GET /api/v1/strategies/{id}', { path: { id } })
      const verdict = await api('POST /api/v1/strategies/check', { body: { text: saved.text ?? '' } })
      return { entry: verdict.strategy ?? null, text: saved.text ?? '', saved }
    },
  })
}
