/* What every number on screen is: one table, read by the `?` beside them. */
export interface Fact {
  name: string
  text: string
  formula?: string
  unit: string
  source: string
}

const server = 'The server, from quotes of both sides'
const desk = 'The desk’s ledger on the server'
const page = 'Computed in the page from the draft and the server’s vols'

export const facts = {
  bid: { name: 'Bid', text: 'The best price at which somebody buys now.', unit: 'dollars per share', source: 'The feed' },
  ask: { name: 'Ask', text: 'The best price at which somebody sells now.', unit: 'dollars per share', source: 'The feed' },
  iv: { name: 'Implied vol', text: 'The yearly volatility that gives the middle of bid and ask.', formula: 'σ: price(σ) = mid', unit: 'percent per year', source: `${server}; Black-76 for European, with early exercise for American contracts` },
  delta: { name: 'Delta', text: 'How much the price moves with the underlying. In a draft: shares that move alike.', formula: '∂V/∂S', unit: 'dollars per dollar; in a draft × contracts × multiplier', source: server },
  gamma: { name: 'Gamma', text: 'How much delta moves with the underlying.', formula: '∂²V/∂S²', unit: 'per dollar', source: server },
  theta: { name: 'Theta', text: 'What a calendar day costs or brings when nothing else moves.', formula: '∂V/∂t', unit: 'dollars per calendar day', source: server },
  vega: { name: 'Vega', text: 'What one point of implied vol brings or costs.', formula: '∂V/∂σ ÷ 100', unit: 'dollars per vol point', source: server },
  openInterest: { name: 'Open interest', text: 'Contracts open at the end of the day before.', unit: 'contracts', source: 'The feed, once a day' },
  volume: { name: 'Volume', text: 'Contracts traded today.', unit: 'contracts', source: 'The feed' },
  spread: { name: 'Spread', text: 'The way from bid to ask, as a share of the middle.', formula: '(ask − bid) ÷ mid', unit: 'percent', source: 'Computed in the page from the quote' },
  probItm: { name: 'Chance in the money', text: 'That the contract ends in the money, as its vol prices it: not a forecast.', formula: 'N(±d₂)', unit: 'percent', source: 'Computed in the page from forward, vol and time' },
  expectedMove: { name: 'Expected move', text: 'One standard deviation to the expiry, as the options price it.', formula: 'F · σ · √T', unit: 'dollars', source: 'Computed in the page from the server’s forward and vol at the money' },
  forward: { name: 'Forward', text: 'The price of the underlying for the expiry, from calls and puts of the same strikes.', formula: 'K + (C − P) ÷ discount', unit: 'dollars', source: server },
  dte: { name: 'Days to expiry', text: 'Calendar days to the last trading day.', unit: 'days', source: 'The exchange’s calendar' },
  net: { name: 'Net price', text: 'What the whole package costs (debit) or brings (credit) for one unit, at the middle of each quote.', formula: 'Σ side · ratio · mid', unit: 'dollars per share', source: page },
  maxProfit: { name: 'Greatest profit', text: 'The most that this package can make at its expiry, before fees.', unit: 'dollars', source: page },
  maxLoss: { name: 'Greatest loss', text: 'The most that it can lose at its expiry, before fees. Unlimited where a short call stands uncovered.', unit: 'dollars', source: page },
  breakevens: { name: 'Breakevens', text: 'Prices of the underlying at expiry where it neither makes nor loses.', formula: 'P/L(S) = 0', unit: 'dollars', source: page },
  pop: { name: 'Chance of profit', text: 'That it ends above nothing at expiry, as the vols price it: not a forecast.', formula: '∫ 1[P/L(S) > 0] lognormal(S; F, σ, T) dS', unit: 'percent', source: page },
  expectedValue: { name: 'Expected value', text: 'The mean of its P/L at expiry over the distribution that the vols price. About what the spread costs, for a fair market.', unit: 'dollars', source: page },
  margin: { name: 'Margin', text: 'What the account must hold for it, as the desk’s rules group it with what is held already.', unit: 'dollars', source: 'The server’s preview' },
  fees: { name: 'Fees', text: 'Commission, exchange and regulatory fees of this order, by the fee schedule of the account.', unit: 'dollars', source: 'The server’s preview' },
  worstLoss: { name: 'Worst loss', text: 'What the order can lose at expiry at its limit, together with its fees: what the limits are held against.', unit: 'dollars', source: 'The server’s preview' },
  cash: { name: 'Cash', text: 'Settled and unsettled cash of the account.', unit: 'dollars', source: desk },
  equity: { name: 'Equity', text: 'Cash and the value of all positions at their marks.', unit: 'dollars', source: desk },
  buyingPower: { name: 'Buying power', text: 'What is left for new positions after margin.', unit: 'dollars', source: desk },
  pnlDay: { name: 'P&L today', text: 'Change of equity since the close before, deposits left out.', unit: 'dollars', source: desk },
  pnlOpen: { name: 'Open P&L', text: 'Value at the mark less what was paid, for positions that are open.', unit: 'dollars', source: desk },
  mark: { name: 'Mark', text: 'The price that a position is valued at: the middle of the quote.', unit: 'dollars per share', source: server },
  latency: { name: 'Latency', text: 'A message to the server and back.', unit: 'milliseconds', source: 'Measured by this page' },
  ivRank: { name: 'IV rank', text: 'Where the vol stands between its lowest and highest of a year.', formula: '(σ − min) ÷ (max − min)', unit: 'percent', source: server },
  skew: { name: 'Skew', text: 'Vol of the 25-delta put less that of the 25-delta call.', formula: 'σ(25Δ put) − σ(25Δ call)', unit: 'vol points', source: server },
  atmVol: { name: 'Vol at the money', text: 'Implied vol at the forward.', unit: 'percent per year', source: server },
} satisfies Record<string, Fact>

export type FactId = keyof typeof facts

export function fact(id: FactId): Fact {
  return facts[id]
}
