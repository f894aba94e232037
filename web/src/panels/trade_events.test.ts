import { expect, it, vi } from 'vitest'
import type { Fill, Order } from '@/api/types.gen'

vi.mock('@/lib/stream/client', () => ({}))
vi.mock('@/lib/http', () => ({}))
const { eventsOf } = await import('./trade_events')

const ns = Date.parse('2024-01-05T14:31:00Z') * 1e6
const order = (id: number, symbol: string, source: string, cash: number) => ({ id, symbol, source, purpose: 'open', strategy: 'condor', cash_micros: cash, created_ns: ns }) as Order
const fill = (order_id: number, ts_ns: number, contract: string) => ({ order_id, ts_ns, contract }) as Fill

it('marks each execution of an order once, whatever its legs, and what strategies decided', () => {
  const found = eventsOf('SPY', [order(1, 'SPY', 'person', 5), order(2, 'SPY', 'strategy', -5), order(3, 'QQQ', 'strategy', 5)], [fill(1, ns, 'a'), fill(1, ns, 'b'), fill(1, ns + 60e9, 'a'), fill(2, ns, 'a'), fill(3, ns, 'a'), fill(9, ns, 'a')])
  const at = Date.parse('2024-01-05T09:31:00Z') / 1000
  expect(found.map((e) => [e.time - at, e.kind, e.text])).toEqual([
    [0, 'credit', '#1'],
    [60, 'credit', '#1'],
    [0, 'debit', '#2'],
    [0, 'signal', 'open: condor'],
  ])
})
