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
const report = 'The backtest, on the server: docs/report.md'
const risk = 'The desk’s risk, on the server'
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
  totalReturn: { name: 'Total return', text: 'What was gained or lost over the whole run, as a share of the starting cash.', formula: 'end equity ÷ starting cash − 1', unit: 'percent', source: report },
  annualReturn: { name: 'Annual return', text: 'The yearly rate that compounds to the total return.', formula: '(1 + total)^(365 ÷ days) − 1', unit: 'percent per year', source: report },
  annualVolatility: { name: 'Annual volatility', text: 'How much the daily returns scatter, for a year.', formula: 'σ(daily) · √252', unit: 'percent per year', source: report },
  sharpe: { name: 'Sharpe ratio', text: 'Mean daily return over its scatter, for a year. Short histories make it look surer than it is: see its range.', formula: 'mean ÷ σ · √252', unit: 'none', source: report },
  sortino: { name: 'Sortino ratio', text: 'As the Sharpe ratio, but only falls count as scatter.', formula: 'mean ÷ σ(falls) · √252', unit: 'none', source: report },
  maxDrawdown: { name: 'Greatest drawdown', text: 'The deepest fall from a high of the account to a later low.', formula: 'min(equity ÷ highest before − 1)', unit: 'percent', source: report },
  profitFactor: { name: 'Profit factor', text: 'What winning trades made for each dollar that losing ones lost.', formula: 'Σ wins ÷ Σ losses', unit: 'none', source: report },
  winRate: { name: 'Win rate', text: 'Share of closed trades that made money after costs. High for sold options, and it says little by itself.', unit: 'percent', source: report },
  exposure: { name: 'Time in market', text: 'Share of the moments with a position open.', unit: 'percent', source: report },
  spreadCost: { name: 'Spread cost', text: 'What crossing the spread cost against the middle of the quotes. It is in the fills already.', unit: 'dollars', source: report },
  psr: { name: 'Chance that Sharpe is above 0', text: 'The probabilistic Sharpe ratio: how sure one can be that the true ratio is above 0, given so many days, their skew and their tails.', formula: 'Φ(SR · √(n − 1) ÷ √(1 − γ₃SR + (γ₄ − 1)/4 · SR²))', unit: 'percent', source: 'Computed in the page from the daily returns; Bailey and López de Prado (2012)' },
  minTrackRecord: { name: 'Days needed to know', text: 'How long a record of this quality must be until 95 % sure that the ratio is above 0.', formula: '1 + (1 − γ₃SR + (γ₄ − 1)/4 · SR²) · (1.645 ÷ SR)²', unit: 'days', source: 'Computed in the page from the daily returns; Bailey and López de Prado (2012)' },
  weightedDelta: { name: 'Beta-weighted delta', text: 'All deltas as if they were shares of the index, by how each underlying moves with it.', formula: 'δ · β · S ÷ S(index)', unit: 'shares of the index', source: risk },
  dollarDelta: { name: 'Dollar delta', text: 'What is held of the underlying, in dollars.', formula: 'δ · S', unit: 'dollars', source: risk },
  dollarGamma: { name: 'Dollar gamma', text: 'How much the dollar delta changes when the underlying moves by 1 %.', formula: 'γ · S² ÷ 100', unit: 'dollars per percent', source: risk },
  attribution: { name: 'Attribution', text: 'Today’s profit by what made it: first what delta, gamma, theta and vega explain, then further Greeks, fills, costs, and what is left unexplained.', unit: 'dollars', source: risk },
  scenario: { name: 'Scenario', text: 'Profit or loss if the underlying and all vols moved so, at once, with so many days gone: every position priced anew.', unit: 'dollars', source: risk },
  forwardVol: { name: 'Forward vol', text: 'The vol that the options price from the expiry before to this one.', formula: '√((σ₂²T₂ − σ₁²T₁) ÷ (T₂ − T₁))', unit: 'percent per year', source: 'Computed in the page from the server’s vols at the money' },
  headroom: { name: 'Headroom', text: 'How far the account is from the limit. An order that would pass it is refused.', formula: 'limit − now', unit: 'as the limit', source: risk },
} satisfies Record<string, Fact>

export type FactId = keyof typeof facts

export function fact(id: FactId): Fact {
  return facts[id]
}
