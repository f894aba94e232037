/* A change of an order at work. The desk judges whole orders, so what the change would leave at work is judged as one. */
import type { Order, OrderEdit, OrderNew } from '@/api/types.gen'

export function amended(order: Order, change: OrderEdit): OrderNew {
  const limit = change.limit_micros ?? order.limit_micros
  const stop = change.stop_micros ?? order.stop_micros
  return {
    symbol: order.symbol,
    legs: order.legs.map(({ contract, side, ratio }) => ({ contract, side, ratio })),
    quantity: (change.quantity ?? order.quantity) - order.filled,
    type: order.type as OrderNew['type'],
    ...(limit === null ? {} : { limit_micros: limit }),
    ...(stop === null ? {} : { stop_micros: stop }),
    time_in_force: order.time_in_force as NonNullable<OrderNew['time_in_force']>,
    ...(order.trade_id > 0 ? { trade_id: order.trade_id } : {}),
  }
}
