/* A backtest's result as the server keeps it: docs/report-json.md. Money is dollars, moments are numbers of ns. */
export interface ReportLeg {
  name: string
  kind: 'option' | 'stock'
  root?: string
  expiry?: string
  right?: 'C' | 'P'
  strike?: number
  quantity: number
  entry_price: number | null
  entry_iv?: number | null
  entry_delta?: number | null
  exit_price: number | null
  mark_price: number | null
}

export interface ReportTrade {
  id: number
  structure: string
  opened_ns: number
  closed_ns: number | null
  open: boolean
  reason: string
  units: number
  entry_cash: number
  exit_cash: number | null
  costs: number
  spread_cost: number
  pnl: number
  best: number | null
  worst: number | null
  max_loss: number | null
  max_loss_unbounded: boolean
  underlying_entry: number | null
  underlying_exit: number | null
  rolls: number
  legs: ReportLeg[]
}

export interface ReportOrder {
  id: number
  time_ns: number
  trade: number
  purpose: string
  status: string
  reason: string
  text: string
  quantity: number
  net_price: number | null
  mid_price: number | null
}

export interface ReportPoint {
  time_ns: number
  day_end: boolean
  equity: number
  cash: number
  options: number
  stock: number
  underlying: number | null
  delta: number | null
  gamma: number | null
  vega: number | null
  theta: number | null
  open_trades: number
}

export interface ReportStats {
  end_equity: number
  pnl: number
  costs: number
  commissions: number
  exchange_fees: number
  regulatory_fees: number
  spread_cost: number
  total_return: number | null
  annual_return: number | null
  annual_volatility: number | null
  sharpe: number | null
  sortino: number | null
  max_drawdown: number | null
  max_drawdown_dollars: number | null
  max_drawdown_from_ns: number | null
  max_drawdown_to_ns: number | null
  win_rate: number | null
  profit_factor: number | null
  average_win: number | null
  average_loss: number | null
  exposure: number | null
  trades: number
  open_trades: number
  wins: number
  losses: number
  orders: number
  fills: number
  rejects: number
  days: number
  snapshots: number
  quotes: number
}

export interface Report {
  schema: string
  program: string
  strategy: { name: string; path: string; hash: string; description: string; params: { name: string; value: number }[] }
  run: {
    underlying: string
    store: string
    fill_model: string
    fill_text: string
    fee_schedule: string
    fee_text: string
    seed: number
    first_day: string | null
    last_day: string | null
    start_cash: number
    events_hash: string
    effects_hash: string
  }
  stats: ReportStats
  exits: { reason: string; trades: number; wins: number; pnl: number; costs: number }[]
  notes: { warning: boolean; count: number; text: string }[]
  trades: ReportTrade[]
  orders: ReportOrder[]
  points: ReportPoint[]
}
