/*
 * Requests to the server. api('POST /api/v1/orders', { body }) is typed by the server's own tables
 * (src/api/types.gen.ts). What goes wrong is an ApiError with the server's words.
 */
import type { Problem, Routes } from '@/api/types.gen'
import { common as t } from '@/i18n/en/common'

export type Route = keyof Routes
export type Body<K extends Route> = Routes[K]['body']
export type Answer<K extends Route> = Routes[K]['answer']

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.status = problem.status
    this.code = problem.code ?? String(problem.status)
    this.problem = problem
  }

  get requestId(): string {
    return this.problem.request_id
  }
}

/** No answer, or none that says what became of it: all but a plain no. What was asked must be asked again as it was, not anew. */
export const isUnclear = (error: unknown) => !(error instanceof ApiError && error.status >= 400 && error.status < 500)

export interface Options<K extends Route> {
  path?: Record<string, string | number>
  query?: Record<string, string | number | boolean | undefined>
  body?: Body<K>
  /** The same key is the same order or job, however often it is sent. */
  once?: string
  signal?: AbortSignal
}

interface Guards {
  /** The session is over: ask for the password again without losing what is on screen. */
  ended: () => void
  /** The server wants a password or code again; true when it was given. */
  prove: () => Promise<boolean>
}

let csrf: string | null = null
let guards: Guards = { ended: () => {}, prove: () => Promise.resolve(false) }

export function setCsrf(token: string | null): void {
  csrf = token
}

export function setGuards(g: Guards): void {
  guards = g
}

function address(template: string, options: Pick<Options<Route>, 'path' | 'query'>): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(options.path?.[name] ?? '')))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options.query ?? {})) if (value !== undefined && value !== '') query.set(name, String(value))
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

async function problemOf(response: Response): Promise<Problem> {
  const request_id = response.headers.get('X-Request-Id') ?? ''
  try {
    const body = (await response.json()) as Partial<Problem>
    return { type: 'about:blank', title: response.statusText, status: response.status, detail: response.statusText, request_id, ...body }
  } catch {
    return { type: 'about:blank', title: response.statusText, status: response.status, detail: t('badAnswer', { status: String(response.status) }), request_id }
  }
}

async function send(method: string, url: string, options: Options<Route>): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  if (options.once) headers['Idempotency-Key'] = options.once
  try {
    return await fetch(url, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: 'same-origin',
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError({ type: 'about:blank', title: '', status: 0, code: 'no_connection', detail: t('noConnection'), request_id: '' })
  }
}

export async function api<K extends Route>(route: K, options: Options<K> = {}): Promise<Answer<K>> {
  const [method, template] = route.split(' ') as [string, string]
  const url = address(template, options)
  let response = await send(method, url, options as Options<Route>)
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem.code === 'step_up') {
      if (!(await guards.prove())) throw new ApiError(problem)
      response = await send(method, url, options as Options<Route>)
      if (response.ok) return read<K>(response)
      throw new ApiError(await problemOf(response))
    }
    if (response.status === 401 && !template.startsWith('/api/v1/auth/') && template !== '/api/v1/setup') guards.ended()
    throw new ApiError(problem)
  }
  return read<K>(response)
}

async function read<K extends Route>(response: Response): Promise<Answer<K>> {
  if (response.status === 204) return undefined as Answer<K>
  return (await response.json()) as Answer<K>
}
