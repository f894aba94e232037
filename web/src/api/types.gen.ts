// Made by scripts/gen_types.mjs from `ironfly serve --openapi`; do not edit. `make web` makes it anew.

/** A page of a list: `next` is the `after` of the page that follows, null at the end. */
export interface List<T> {
  items: T[]
  next?: string | null
}

/** What went wrong (RFC 9457) */
export interface Problem {
  /** about:blank */
  type: string
  /** the status in words */
  title: string
  /** the HTTP status */
  status: number
  /** a word for programs */
  code?: string
  /** what, where, and what to do */
  detail: string
  /** find it in the log by this */
  request_id: string
  /** seconds to wait */
  retry_after?: number
  /** each field that is wrong */
  errors?: FieldProblem[]
}

/** A field that is wrong */
export interface FieldProblem {
  /** where: /body/login */
  at: string
  /** why */
  text: string
}

/** Which part of a list */
export interface Page {
  /** how many at most; 50 if not said */
  limit?: number
  /** behind which: `next` of the answer before */
  after?: string
}

/** Whether somebody can come in yet */
export interface SetupState {
  /** true until the first admin is made */
  needed: boolean
}

/** The first admin */
export interface Setup {
  /** from the setup address in the log */
  token: string
  /** name to log in with */
  login: string
  /** at least 12 characters */
  password: string
}

/** Somebody comes in */
export interface Login {
  login: string
  password: string
  /** browser: a cookie (default); access: tokens for a program */
  kind?: 'browser' | 'access'
  /** permissions with spaces between, for access; all of the role if not said */
  scopes?: string
}

/** The second step of a login */
export interface SecondFactor {
  /** from the first step */
  challenge: string
  /** of the app, or a recovery code */
  code: string
}

/** A new access token */
export interface Refresh {
  /** works once */
  refresh_token: string
}

/** Prove it once more */
export interface StepUp {
  /** without a second factor */
  password?: string
  /** with one */
  code?: string
}

/** How it went */
export interface LoginAnswer {
  /** second_factor: send a code with the challenge */
  status: 'done' | 'second_factor'
  challenge?: string
  me?: Me
  /** for Authorization: Bearer */
  access_token?: string
  /** works once */
  refresh_token?: string
  /** seconds */
  expires_in?: number
}

/** Who is asking */
export interface Me {
  user_id: string
  login: string
  role: string
  /** what the page may offer */
  permissions: string[]
  /** for X-CSRF-Token, with a cookie */
  csrf_token: string | null
  /** is it switched on */
  second_factor: boolean
  /** when a password or code was last given; 0: never */
  proved_ns: number
  /** when this login runs out, if unused */
  expires_ns: number | null
}

/** A new password of one's own */
export interface PasswordChange {
  /** the new one */
  password: string
}

/** For an authenticator app */
export interface TotpSecret {
  /** base32, to type */
  secret: string
  /** to show as a QR code */
  uri: string
}

/** A code of the app */
export interface Code {
  code: string
}

/** Shown once */
export interface RecoveryCodes {
  /** each works once */
  codes: string[]
}

/** A login that is still open */
export interface Session {
  id: string
  /** browser or access */
  kind: string
  /** address */
  peer: string
  /** as it names itself */
  agent: string
  created_ns: number
  /** to the minute */
  seen_ns: number
  /** the one that asks */
  is_this: boolean
}

/** A personal token */
export interface TokenNew {
  /** what it is for */
  name: string
  /** permissions with spaces between */
  scopes: string
  /** runs out after; 90 if not said */
  days?: number
}

/** A personal token */
export interface Token {
  id: string
  name: string
  scopes: string
  created_ns: number
  expires_ns: number | null
  /** to the minute */
  used_ns: number | null
  /** only when it is made, and never again */
  token?: string
}

/** Somebody new */
export interface UserNew {
  /** 3 to 64 of letters, digits and .-_@ */
  login: string
  /** at least 12 characters */
  password: string
  /** see /api/v1/roles */
  role: string
}

/** What changes about somebody: one of these at a time */
export interface UserChange {
  role?: string
  /** may not come in any more */
  disabled?: boolean
  /** a new one; ends sessions and tokens */
  password?: string
  /** for somebody who lost the app */
  clear_second_factor?: boolean
}

/** Somebody */
export interface User {
  id: string
  login: string
  role: string
  disabled: boolean
  second_factor: boolean
  created_ns: number
}

/** What somebody may do */
export interface Role {
  name: string
  text: string
  permissions: string[]
}

/** Something the page wants kept */
export interface Setting {
  /** at most 64 KiB as text */
  value: unknown
}

/** The state of the server */
export interface System {
  version: string
  now_ns: number
  started_ns: number
  mode: 'paper' | 'live'
  /** sim, replay:PLACE, live; off: no desk runs */
  feed: string
  /** since the start */
  requests: number
  /** open now */
  streams: number
  /** of the data folder */
  disk_free_bytes: number
  jobs_waiting: number
  jobs_running: number
  /** what waits for the server's threads */
  queues: Queue[]
  /** requests answered 503 since the start, as a queue was full */
  busy: number
  /** since the desk took a quote; null: none yet, or no desk */
  feed_age_ms: number | null
  /** records of the journal that lists do not have yet; null: no desk */
  rows_behind: number | null
  /** of the process, resident */
  memory_bytes: number
  /** files and sockets */
  open_files: number
  /** that the process has used since the start */
  processor_seconds: number
  /** the program, its store and what it stands on */
  versions: Version[]
}

/** What waits for a pool of threads */
export interface Queue {
  /** normal: most requests; slow: those that hash a password; desk: those that wait for the live desk */
  name: 'normal' | 'slow' | 'desk'
  /** now */
  waiting: number
  /** beyond it the answer is 503 */
  max: number
  /** that answer */
  threads: number
}

/** A part and its version */
export interface Version {
  name: string
  version: string
}

/** Which entries of the trail */
export interface AuditQuery {
  /** how many at most; 50 if not said */
  limit?: number
  /** behind which: `next` of the answer before */
  after?: string
  /** id of who did it; program: the program itself, or nobody known */
  user?: string
  /** desk.place; or all that begins so: desk */
  event?: string
  /** is somewhere in event, object, address, request or data */
  text?: string
  /** not before */
  from_ns?: number
  /** before */
  to_ns?: number
}

/** What happens */
export interface AuditEvents {
  /** by name */
  events: string[]
}

/** Who did what */
export interface AuditEntry {
  seq: number
  ts_ns: number
  /** empty: the program, or nobody known */
  user_id: string
  event: string
  /** what it was done to */
  object: string
  peer: string
  request_id: string
  data: unknown
  /** of this entry and all before it */
  hash: string
}

/** Is the trail whole */
export interface AuditVerdict {
  whole: boolean
  /** that are good, from the first */
  entries: number
  /** hash of the last good one: note it elsewhere */
  head: string
  /** what does not fit */
  detail: string | null
}

/** Whose eyes, and when: an entry of the trail, or somebody and a moment */
export interface PictureNew {
  /** seq of an AuditEntry; of a command to the desk: right behind it */
  entry?: number
  user_id?: string
  /** by the clock of the server */
  at_ns?: number
}

/** What had been told, and how far making it again is */
export interface Picture {
  id: string
  state: 'waiting' | 'running' | 'done' | 'failed'
  /** 0 to 1 */
  progress: number | null
  /** what is being done */
  text: string
  /** why it failed */
  error: string
  /** empty: the program */
  user_id: string
  /** by the clock of the server */
  at_ns: number
  /** of the trail, where it was asked for by one */
  entry: number | null
  seen: Seen
}

/** What had been told; members that are not there could not be made again, and parts says why */
export interface Seen {
  role: string | null
  /** logins that were open */
  sessions: SeenSession[]
  /** that stood then, newest first; seen_ns: later */
  alerts: Alert[]
  /** until when the desk's part is exact: the last note of how far lists were; null: right behind an event */
  told_ns: number | null
  /** event of the desk that its part is right behind */
  sequence?: number
  /** last record of the journal of that event */
  record?: number
  /** what time it was on the market */
  market_ns?: number
  /** of the desk */
  state?: string
  account?: SeenAccount
  /** by trade, at the marks of that moment; Greeks are null */
  positions?: Position[]
  quotes?: SeenQuote[]
  /** as they were then, newest first, the last 500 */
  orders?: Order[]
  order?: OrderDetail
  /** what all gates together said of it */
  allowed?: boolean
  /** each of them, right before the order */
  gates?: Gate[]
  /** where each part comes from, and what is not known */
  parts: SeenPart[]
}

/** A login that was open */
export interface SeenSession {
  id: string
  /** browser or access */
  kind: string
  /** address */
  peer: string
  /** as it names itself */
  agent: string
  created_ns: number
  /** later */
  ended_ns: number | null
}

/** What the account was worth */
export interface SeenAccount {
  cash_micros: number
  options_micros: number
  stock_micros: number
  /** their sum */
  equity_micros: number
  /** what it must hold */
  margin_micros: number | null
  /** equity less margin */
  free_micros: number | null
  open_trades: number
}

/** An underlying as it was quoted */
export interface SeenQuote {
  symbol: string
  /** trade or level, else the mid */
  last_micros: number | null
  bid_micros: number | null
  ask_micros: number | null
  previous_close_micros: number | null
}

/** Where a part of it comes from */
export interface SeenPart {
  /** role, logins, alerts, screen, desk, orders, positions, account, quotes, gates, greeks, session */
  part: string
  /** made again from the journal; read from the store or the trail; or not kept */
  how: 'journal' | 'store' | 'trail' | 'not_kept'
  /** in words */
  text: string
}

/** What the market data store has of an underlying */
export interface Symbol {
  symbol: string
  first_day: string
  last_day: string
  days: number
  quotes: number
}

/** A stored day */
export interface ChainDay {
  day: string
  contracts: number
  snapshots: number
  quotes: number
  source: string
}

/** Which moment of which day */
export interface Instant {
  /** the newest if not said */
  day?: string
  /** the last snapshot at or before; the last of the day if not said */
  at_ns?: number
  /** only this one */
  expiry?: string
  /** only this one, where an expiry has two: SPX, SPXW */
  root?: string
}

/** An expiry at a moment */
export interface Expiry {
  expiry: string
  root: string
  settle: 'am' | 'pm'
  /** european or american */
  style: string
  /** calendar days ahead */
  days: number
  /** to the settlement, of 365 days */
  years: number
  strikes: number
  /** dollars */
  forward: number | null
  /** by calls and puts; else the underlying's, carried at the rate */
  forward_implied: boolean
  discount: number | null
  /** per year, 0.2 is 20 % */
  atm_vol: number | null
  /** 25-delta put less call */
  skew: number | null
  /** at the money, dollars */
  straddle: number | null
}

/** The expiries of an underlying at a moment */
export interface Expiries {
  symbol: string
  source: string
  /** of the snapshot */
  ts_ns: number
  underlying_micros: number | null
  /** dollars, as used for the Greeks */
  spot: number | null
  expiries: Expiry[]
}

/** One right of an expiry, a column for each fact; null where there is none */
export interface Side {
  bid_micros: (number | null)[]
  ask_micros: (number | null)[]
  bid_size: (number | null)[]
  ask_size: (number | null)[]
  last_micros: (number | null)[]
  volume: (number | null)[]
  open_interest: (number | null)[]
  /** per year, of the mid; European: Black-76, American: with early exercise */
  vol: (number | null)[]
  delta: (number | null)[]
  /** per dollar */
  gamma: (number | null)[]
  /** dollars per vol point */
  vega: (number | null)[]
  /** dollars per calendar day */
  theta: (number | null)[]
}

/** One expiry at a moment */
export interface Chain {
  symbol: string
  source: string
  /** of the snapshot */
  ts_ns: number
  underlying_micros: number | null
  /** dollars */
  spot: number | null
  expiry: Expiry
  /** ascending */
  strikes_micros: (number | null)[]
  calls: Side
  puts: Side
}

/** Which days */
export interface BarsQuery {
  from?: string
  to?: string
}

/** A day of an underlying, as traded */
export interface Bar {
  day: string
  open_micros: number | null
  high_micros: number | null
  low_micros: number | null
  close_micros: number | null
  volume: number | null
}

/** A strategy that comes with the program */
export interface CatalogueEntry {
  /** as in a backtest */
  name: string
  title: string
  underlying: string
  description: string
  parameters: Parameter[]
  /** the file, when one is asked for */
  text?: string
}

/** What may be changed about a strategy */
export interface Parameter {
  name: string
  value: number
  min: number | null
  max: number | null
  step: number | null
  unit: string
  help: string
}

/** A strategy of one's own */
export interface StrategyNew {
  name: string
  /** YAML or JSON: docs/strategy-format.md */
  text: string
  /** what this version is about */
  note?: string
}

/** A further version */
export interface StrategyVersionNew {
  text: string
  note?: string
}

/** A strategy to look at */
export interface StrategyText {
  text: string
}

/** Whether it is one */
export interface StrategyVerdict {
  good: boolean
  /** line, column and what to do */
  detail: string | null
  strategy?: CatalogueEntry
}

/** A saved strategy */
export interface Strategy {
  id: string
  owner_id: string
  name: string
  version: number
  /** the same hash trades the same */
  hash: string
  note: string
  /** of this version */
  author_id: string
  created_ns: number
  version_ns: number
  /** the file, when one is asked for */
  text?: string
}

/** A backtest to run */
export interface BacktestNew {
  /** a name of the catalogue */
  strategy?: string
  /** or a saved strategy */
  strategy_id?: string
  /** of it; the newest if not said */
  version?: number
  from?: string
  to?: string
  fill?: 'share' | 'mid' | 'natural' | 'calibrated'
  /** a fee schedule */
  fees?: string
  /** to begin with; the strategy's own, else 100,000 dollars, if not said */
  cash_micros?: number
  /** 1 if not said */
  seed?: number
  /** in place of the strategy's own values */
  parameters?: Record<string, number>
}

/** A synthetic market to make */
export interface SimulationNew {
  /** SPX,SPY,VIX if not said */
  symbols?: string
  from: string
  to: string
  seed?: number
  grid?: 'eod' | '1m'
}

/** Files to bring in, which lie in the server's inbox folder */
export interface ImportNew {
  /** within DATA/inbox */
  path: string
  /** as in: ironfly data import; guessed if not said */
  format?: string
}

/** Work that takes a while */
export interface Job {
  id: string
  kind: string
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  owner_id: string
  /** 0 to 1 */
  progress: number | null
  /** what it is doing */
  text: string
  /** why it failed */
  error: string
  tries: number
  created_ns: number
  started_ns: number | null
  ended_ns: number | null
  /** as it was asked for */
  spec: unknown
}

/** What a backtest found, in short */
export interface Run {
  /** also of its job */
  id: string
  owner_id: string
  strategy: string
  strategy_hash: string
  underlying: string
  first_day: string | null
  last_day: string | null
  trades: number
  pnl_micros: number
  end_equity_micros: number
  /** 0.05 is 5 % */
  total_return: number | null
  sharpe: number | null
  max_drawdown: number | null
  created_ns: number
}

/** Something to look at */
export interface Alert {
  id: string
  level: string
  source: string
  text: string
  created_ns: number
  seen_ns: number | null
}

/** What an event stream is about */
export interface EventsQuery {
  /** names with commas between */
  topics: string
}

/** The live desk */
export interface Desk {
  mode: 'paper' | 'live'
  /** sim, replay:PLACE or live */
  feed: string
  /** connecting, down: it is tried again by itself; refused: not before a new start; over: a tape ended. text says why */
  feed_state: 'connecting' | 'up' | 'down' | 'refused' | 'over'
  /** recovering: the journal is read again; failed: text says why; the others say what may be sent */
  state: 'recovering' | 'normal' | 'reduce_only' | 'halted' | 'liquidating' | 'killed' | 'failed'
  /** why it and its feed are in this state, and what to do */
  text: string
  /** of the market, in its time */
  session: 'closed' | 'open'
  /** trading day of the market */
  day: string | null
  /** when its session opens and closes */
  open_ns: number | null
  close_ns: number | null
  /** what time it is on the market; a simulated one has its own */
  market_ns: number | null
  /** what time it is here */
  now_ns: number
  /** seconds of the market in one */
  speed: number | null
  /** how late the desk handles what is due */
  lag_ms: number | null
  /** of the last event */
  sequence: number
  /** that are durable */
  journal_records: number
  /** records read again at the start */
  recovered: number
  /** underlyings of the desk */
  symbols: string[]
  /** strategies that may enter */
  armed: number
  /** orders that are not over */
  working: number
  open_trades: number
  /** taken since the start */
  quotes: number
}

/** What the whole desk shall do */
export interface DeskCommand {
  /** reduce: nothing new; halt: strategies send nothing; flatten: halt, and close every trade; kill: halt, and cancel every order; resume ends them (a kill: an admin's alone) */
  command: 'halt' | 'reduce' | 'resume' | 'flatten' | 'kill'
  /** for the trail */
  reason: string
}

/** A leg of an order */
export interface OrderLeg {
  /** as the OCC writes it (SPXW  261120C06000000), or stock: shares of the order's symbol */
  contract: string
  side: 'buy' | 'sell'
  /** contracts or shares in one package */
  ratio: number
  /** what it does to the trade: close is refused where the trade does not hold as many; auto, if not said: close where it does, else open */
  effect?: 'auto' | 'open' | 'close'
}

/** An order: a package of legs at one net price */
export interface OrderNew {
  /** underlying */
  symbol: string
  legs: OrderLeg[]
  /** packages; of stock alone, shares */
  quantity: number
  type: 'market' | 'limit' | 'marketable_limit' | 'stop' | 'stop_limit'
  /** net price of types with a limit: + debit, - credit, a share of one package */
  limit_micros?: number
  /** of types with a stop: of one leg its price, without a sign; of a package its net price, signed as the limit */
  stop_micros?: number
  /** day if not said */
  time_in_force?: 'day' | 'gtc' | 'ioc' | 'fok'
  /** the trade to add to or to reduce; a new one if not said */
  trade_id?: number
  /** a word of yours: of your orders that share it, and are of the same quantity, what one fills the others no longer may */
  oco?: string
  /** the order brings its way out along, sent as far as it fills, good till canceled; closing one package for a profit: net price, + paid, - received, a share */
  exit_target_micros?: number
  /** closing one package for a loss, at the market once it would cost this; signed as exit_target_micros. With both, one ends the other */
  exit_stop_micros?: number
}

/** What shall be different about a working order; what is not said stays */
export interface OrderEdit {
  /** packages in all, what is filled included */
  quantity?: number
  limit_micros?: number
  stop_micros?: number
}

/** An order of a desk */
export interface Order {
  id: number
  /** as brokers see it */
  number: string
  desk_id: string
  account_id: string
  /** id of the user who sent it, or armed its strategy */
  owner: string
  /** docs/orders.md lists them */
  state: string
  /** it is not over: it may fill, be changed or canceled */
  open: boolean
  /** as it was sent, on one line for people */
  text: string
  /** of a no: the rule, its number, the limit and what would pass */
  reason: string
  /** underlying */
  symbol: string
  legs: OrderLeg[]
  /** packages */
  quantity: number
  /** of them */
  filled: number
  type: string
  /** net, + debit, - credit */
  limit_micros: number | null
  stop_micros: number | null
  time_in_force: string
  /** net price of what is filled, rounded */
  average_micros: number | null
  /** that its fills moved, before costs: + received */
  cash_micros: number
  /** commissions and fees so far */
  costs_micros: number
  /** person, strategy, or desk: what it does by itself, such as closing after flatten */
  source: string
  /** open close roll hedge stock manual */
  purpose: string
  /** whose order it is */
  strategy: string | null
  /** the trade it belongs to */
  trade_id: number
  /** orders that have the same cancel one another; not there: it stands alone */
  oco_group?: string
  /** the order whose way out this is; it waits (staged) until that fills */
  parent_id?: number
  /** which way out it is */
  exit?: 'target' | 'stop'
  /** Idempotency-Key it came with */
  client_id: string | null
  /** rises with every replacement */
  version: number
  /** in the market's time */
  created_ns: number
  changed_ns: number
}

/** A step of an order's life */
export interface OrderChange {
  ts_ns: number
  /** from then on */
  state: string
  /** packages until then */
  filled: number
  text: string
}

/** An order with all that happened to it */
export interface OrderDetail {
  order: Order
  /** oldest first */
  history: OrderChange[]
  /** oldest first */
  fills: Fill[]
}

/** A fill of an order */
export interface Fill {
  id: number
  order_id: number
  venue_ref: string
  /** of a leg; package: of all legs at a net price; stock */
  contract: string
  ts_ns: number
  /** + bought, - sold; of a package how many */
  quantity: number
  /** a share */
  price_micros: number
  costs_micros: number
}

/** What one gate says of an order */
export interface Gate {
  /** the three that every order passes, in this order */
  gate: 'may_you' | 'is_safe' | 'who_signs'
  /** its name: docs/risk.md */
  rule: string
  passed: boolean
  /** what it would come to, at the worst; null: no number, or unknown */
  value: number | null
  /** what it may come to; null: no limit */
  limit: number | null
  /** of both */
  unit: string
  /** for people */
  text: string
  /** of a no: what would pass */
  would_pass: string | null
}

/** A leg as the preview saw it */
export interface PreviewLeg {
  contract: string
  /** of the whole order, signed */
  quantity: number
  bid_micros: number | null
  ask_micros: number | null
  /** when, in the market's time */
  quoted_ns: number | null
  /** how long ago */
  age_ms: number | null
  /** per year */
  vol: number | null
  /** of the whole order's part in it */
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
}

/** What would become of an order, were it sent now; nothing is sent */
export interface Preview {
  /** every gate would let it through */
  allowed: boolean
  /** but somebody must sign first */
  needs_signature: boolean
  /** the order on one line */
  text: string
  /** why not, when it is not allowed */
  reason: string
  /** all of them, also those that pass */
  gates: Gate[]
  legs: PreviewLeg[]
  /** when */
  market_ns: number
  /** event of the desk that it was worked out behind */
  sequence: number
  /** of the underlying, dollars */
  spot: number | null
  /** net price at the mids: + debit, - credit */
  mid_micros: number | null
  /** at the far sides: what fills at once */
  natural_micros: number | null
  /** at the near sides: the best one can hope for */
  near_micros: number | null
  /** what the figures below are worked out at: the limit, else the far sides */
  net_micros: number | null
  /** that it would move, costs not counted: + received */
  cash_micros: number | null
  /** commissions and fees, estimated */
  fees_micros: number | null
  /** at expiry; null with loss_unbounded, or unknown */
  max_loss_micros: number | null
  loss_unbounded: boolean
  /** null with profit_unbounded, or unknown */
  max_profit_micros: number | null
  profit_unbounded: boolean
  /** of the underlying at expiry, dollars; empty with several expiries */
  breakevens: (number | null)[]
  /** what the account must hold */
  margin_before_micros: number | null
  /** with the order filled */
  margin_after_micros: number | null
  equity_micros: number | null
  /** of the order */
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
}

/** What is held of one contract */
export interface PositionLeg {
  /** as the OCC writes it, or stock */
  contract: string
  /** null: shares */
  right: 'call' | 'put' | null
  strike_micros: number | null
  expiry: string | null
  /** contracts or shares, signed */
  quantity: number
  /** shares a contract */
  multiplier: number
  /** a share, as first filled */
  entry_micros: number | null
  /** a share */
  mark_micros: number | null
  bid_micros: number | null
  ask_micros: number | null
  /** when the mark was quoted, in the market's time */
  marked_ns: number | null
  /** at the mark */
  value_micros: number | null
  /** per year */
  vol: number | null
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
}

/** Which positions */
export interface PositionsQuery {
  /** both if not said */
  by?: 'trade' | 'contract'
}

/** A trade, or what all trades together hold of a contract */
export interface Position {
  /** of the topic, and for closing: t12, or c and the contract */
  key: string
  kind: 'trade' | 'contract'
  trade_id: number | null
  /** id of the account that holds it */
  account: string
  /** underlying */
  symbol: string
  /** what it is, on one line */
  label: string
  /** whose trade it is; null: a person's */
  strategy: string | null
  /** id of the user who opened it, or armed its strategy */
  owner: string
  /** remnant: only long options that nobody bids for; kept: shares of a strategy outside its trades */
  state: 'opening' | 'open' | 'remnant' | 'kept'
  opened_ns: number | null
  /** packages as opened; of a contract how many */
  quantity: number
  legs: PositionLeg[]
  /** all cash flows so far, before costs */
  cash_micros: number | null
  /** commissions and fees so far */
  costs_micros: number | null
  /** at the marks */
  value_micros: number | null
  /** since it was opened, costs taken off; of a contract: mark less entry of what is held, without costs */
  pnl_micros: number | null
  /** since the day began */
  pnl_today_micros: number | null
  /** at expiry, of what is left of it; null: unbounded, or unknown */
  max_loss_micros: number | null
  /** the oldest mark of its legs, in the market's time */
  marked_ns: number | null
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
  /** orders of it that are not over */
  working: number
}

/** How to close */
export interface CloseNew {
  /** for the trail */
  reason?: string
}

/** What an account is worth now */
export interface Account {
  id: string
  name: string
  mode: 'paper' | 'live'
  /** when, in the market's time */
  market_ns: number
  cash_micros: number
  options_micros: number
  stock_micros: number
  /** their sum */
  equity_micros: number
  /** equity when the day began */
  start_micros: number | null
  pnl_today_micros: number | null
  /** since the desk began */
  pnl_micros: number
  /** what it must hold */
  margin_micros: number | null
  /** equity less margin */
  free_micros: number | null
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
  open_trades: number
}

/** An underlying of the desk */
export interface Quote {
  symbol: string
  /** trade or level, else the mid */
  last_micros: number | null
  bid_micros: number | null
  ask_micros: number | null
  previous_close_micros: number | null
  /** when, in the market's time */
  market_ns: number | null
  /** implied, at the money, 30 days; per year */
  vol30: number | null
  /** one standard deviation to the nearest expiry, dollars */
  expected_move: number | null
  /** its session is open, and nothing was heard of any market for two seconds, or of it and its options for twenty */
  stale: boolean
}

/** A strategy to run on the desk */
export interface ArmNew {
  /** a name of the catalogue */
  strategy?: string
  /** or a saved strategy */
  strategy_id?: string
  /** of it; the newest if not said */
  version?: number
  /** in place of the strategy's own underlying */
  symbol?: string
  /** in place of the strategy's own values */
  parameters?: Record<string, number>
}

/** A strategy on the desk */
export interface Armed {
  /** of this place on the desk */
  id: string
  /** its name */
  strategy: string
  /** the same hash trades the same */
  hash: string
  symbol: string
  /** id of the user who armed it */
  owner: string
  /** it may enter; else it only manages what it holds */
  armed: boolean
  open_trades: number
  closed_trades: number
  /** of both */
  pnl_micros: number
}

/** What is held of an underlying, or of all together */
export interface RiskRow {
  /** empty: all together */
  symbol: string
  /** dollars */
  spot: number | null
  /** against the index */
  beta: number | null
  value_micros: number | null
  pnl_today_micros: number | null
  /** shares of its own */
  delta: number | null
  /** shares of the S&P 500 (SPX, ten of XSP or SPY; else of the first symbol), beta-weighted */
  weighted_delta: number | null
  /** delta x spot; of all together beta-weighted */
  dollar_delta: number | null
  gamma: number | null
  /** change of dollar_delta when the spot moves by 1 % */
  dollar_gamma: number | null
  theta: number | null
  vega: number | null
}

/** Profit and loss in worlds that have not come */
export interface Scenarios {
  /** of the spot: 0.05 is 5 % up (each underlying by its beta) */
  moves: (number | null)[]
  /** factors of all vols: 1.2 is a fifth higher */
  vols: (number | null)[]
  /** calendar days that pass */
  days: (number | null)[]
  /** dollars; [(day x vols + vol) x moves + move]; null: a row could not be priced */
  pnl: (number | null)[]
}

/** Where the profit of today comes from, dollars, of the whole day, as far as the server ran */
export interface Attribution {
  /** empty: all together */
  symbol: string
  delta: number | null
  gamma: number | null
  theta: number | null
  vega: number | null
  /** level and vol moving together */
  vanna: number | null
  /** volga, charm, rho, and what moved a mark but neither level nor vol */
  other: number | null
  /** of fills: mark less price, costs taken off; of all together alone */
  trading: number | null
  /** what the others leave */
  unexplained: number | null
  /** their sum, the change of equity */
  total: number | null
}

/** A limit of the account and how near it is */
export interface RiskLimit {
  /** its name: docs/risk.md */
  limit: string
  /** what it counts */
  text: string
  level: string
  /** of value, bound and room */
  unit: string
  /** now; null: only an order has one, or unknown */
  value: number | null
  /** null: off */
  bound: number | null
  /** bound less value */
  room: number | null
}

/** The risk of the account */
export interface Risk {
  /** when, in the market's time */
  market_ns: number
  /** what betas are against */
  index: string
  equity_micros: number | null
  margin_micros: number | null
  /** each underlying that is held, then all together */
  rows: RiskRow[]
  scenarios: Scenarios
  /** each underlying, then all together; empty in a what-if */
  attribution: Attribution[]
  limits: RiskLimit[]
}

/** What is held of an underlying, at each valuation point */
export interface MarginRow {
  symbol: string
  /** of its level, ascending: -0.08 is 8 % down */
  moves: (number | null)[]
  /** at each of them */
  pnl_micros: (number | null)[]
  /** 37.50 a contract */
  minimum_micros: number
}

/** Underlyings that add up in full */
export interface MarginClass {
  name: string
  rows: MarginRow[]
  /** their sum at each point */
  pnl_micros: (number | null)[]
}

/** Class groups that offset in part */
export interface MarginGroup {
  name: string
  classes: MarginClass[]
  /** part of a class group's profit that counts against the losses of others; 1: there is one alone */
  offset: number
  /** at each point, with that offset */
  pnl_micros: (number | null)[]
  /** the point with the greatest loss; null: it loses at none */
  worst: number | null
  /** there */
  loss_micros: number
  /** 37.50 a contract */
  minimum_micros: number
  /** the greater of both */
  requirement_micros: number
  /** which of both, in words */
  reason: string
}

/** What portfolio margin asks, point by point, and what Regulation T does */
export interface MarginGrid {
  /** when, in the market's time */
  market_ns: number
  /** in force on the desk */
  rules: 'reg-t' | 'portfolio' | 'cash'
  equity_micros: number | null
  /** portfolio margin: what equity may not fall below */
  portfolio_micros: number
  /** what an account must be worth to stand under portfolio margin */
  portfolio_equity_micros: number | null
  /** Regulation T, to open it today; null: strategy_text says why */
  strategy_initial_micros: number | null
  /** and to keep it */
  strategy_maintenance_micros: number | null
  /** no pairing asks less; else what is told may be too much */
  strategy_minimal: boolean
  strategy_text: string
  /** lines whose price tells no vol: valued at what exercise is worth */
  unpriced: number
  /** a number of the rules that was used wants checking: docs/margin.md */
  uncertain: boolean
  groups: MarginGroup[]
}

/** Correlations of what */
export interface CorrelationsQuery {
  /** days if not said */
  of?: 'days' | 'minutes'
  /** days; 20 if not said */
  recent?: number
  /** days just before those; 60 if not said */
  before?: number
}

/** What there is of an underlying */
export interface CorrelationSeries {
  symbol: string
  /** closes of days before the desk's own; of whole minutes of its day */
  prices: number
  /** the first of them; of a day its close */
  first_ns: number | null
  last_ns: number | null
}

/** How two underlyings move together */
export interface CorrelationPair {
  a: string
  b: string
  /** returns that they have in common */
  n: number
  /** correlation of log returns; null: too few */
  recent: number | null
  before: number | null
  /** break score: Fisher's z of before less recent; positive: they have come apart */
  score: number | null
  /** that chance alone gives a score so far from 0, of all pairs together (Holm) */
  p: number | null
}

/** Correlations of the desk's underlyings */
export interface Correlations {
  /** when, in the market's time */
  market_ns: number
  of: 'days' | 'minutes'
  /** returns of the recent correlation; of minutes as many as its weights stand for */
  n_recent: number
  n_before: number
  /** returns in common that a score takes */
  needs: number
  /** a score beyond this, in size, is an alarm */
  alarm: number
  /** in the order of the desk */
  series: CorrelationSeries[]
  /** each once */
  pairs: CorrelationPair[]
}

/** One expiry of a volatility surface */
export interface SurfaceSlice {
  expiry: string
  root: string
  /** to the settlement, of 365 days */
  years: number
  /** dollars */
  forward: number | null
  /** per year, 0.2 is 20 % */
  atm_vol: number | null
  /** 25-delta put less call */
  skew: number | null
  /** the surface goes through it */
  fitted: boolean
  /** of the surface at each of ks */
  vols: (number | null)[]
  /** of the quotes */
  strikes_micros: (number | null)[]
  /** of the side that is out of the money */
  vol_bid: (number | null)[]
  vol_ask: (number | null)[]
  /** of the surface at that strike */
  vol_fit: (number | null)[]
}

/** A volatility surface */
export interface Surface {
  symbol: string
  /** live: of the desk */
  source: string
  ts_ns: number
  /** dollars */
  spot: number | null
  /** ln(strike / forward) of the slices' vols */
  ks: (number | null)[]
  /** by settlement */
  slices: SurfaceSlice[]
}

/** Which bars */
export interface IntradayQuery {
  /** the desk's own if not said, else the newest stored one */
  day?: string
  /** of a bar; 60 if not said */
  seconds?: number
}

/** A bar within a day */
export interface IntradayBar {
  /** its beginning */
  ts_ns: number
  open_micros: number
  high_micros: number
  low_micros: number
  close_micros: number
}

/** Every request: what it takes and what it answers. */
export interface Routes {
  /** The process lives */
  'GET /healthz': { body: undefined; answer: undefined }
  /** The store answers and jobs are taken; 503 otherwise */
  'GET /readyz': { body: undefined; answer: undefined }
  /** Figures for Prometheus */
  'GET /metrics': { body: undefined; answer: undefined }
  /** This document */
  'GET /api/v1/openapi.json': { body: undefined; answer: unknown }
  /** Is there an admin yet? */
  'GET /api/v1/setup': { body: undefined; answer: SetupState }
  /** Make the first admin, with the one-time token of the log */
  'POST /api/v1/setup': { body: Setup; answer: LoginAnswer }
  /** Log in */
  'POST /api/v1/auth/login': { body: Login; answer: LoginAnswer }
  /** Complete a login with a code */
  'POST /api/v1/auth/second-factor': { body: SecondFactor; answer: LoginAnswer }
  /** Renew an access token */
  'POST /api/v1/auth/refresh': { body: Refresh; answer: LoginAnswer }
  /** End this session */
  'POST /api/v1/auth/logout': { body: undefined; answer: undefined }
  /** Who am I, and what may I do? */
  'GET /api/v1/auth/me': { body: undefined; answer: Me }
  /** Prove password or code again */
  'POST /api/v1/auth/step-up': { body: StepUp; answer: LoginAnswer }
  /** Change the password; ends all other sessions and all tokens */
  'PUT /api/v1/auth/password': { body: PasswordChange; answer: undefined }
  /** Begin with a second factor */
  'POST /api/v1/auth/totp/enrol': { body: undefined; answer: TotpSecret }
  /** Switch it on with a first code */
  'POST /api/v1/auth/totp/confirm': { body: Code; answer: RecoveryCodes }
  /** Switch it off */
  'POST /api/v1/auth/totp/disable': { body: undefined; answer: undefined }
  /** Where am I logged in? */
  'GET /api/v1/auth/sessions': { body: undefined; answer: List<Session> }
  /** End one of my sessions */
  'DELETE /api/v1/auth/sessions/{id}': { body: undefined; answer: undefined }
  /** My personal tokens */
  'GET /api/v1/auth/tokens': { body: undefined; answer: List<Token> }
  /** Make a personal token; it is shown this once */
  'POST /api/v1/auth/tokens': { body: TokenNew; answer: Token }
  /** End one of my tokens */
  'DELETE /api/v1/auth/tokens/{id}': { body: undefined; answer: undefined }
  /** Everybody */
  'GET /api/v1/users': { body: undefined; answer: List<User> }
  /** Add somebody */
  'POST /api/v1/users': { body: UserNew; answer: User }
  /** Change somebody */
  'PATCH /api/v1/users/{id}': { body: UserChange; answer: User }
  /** Roles, and what they may do */
  'GET /api/v1/roles': { body: undefined; answer: List<Role> }
  /** What the page keeps for me; null where nothing is kept */
  'GET /api/v1/settings/{key}': { body: undefined; answer: Setting }
  /** Keep something for the page */
  'PUT /api/v1/settings/{key}': { body: Setting; answer: undefined }
  /** The state of the server */
  'GET /api/v1/system': { body: undefined; answer: System }
  /** The audit trail, newest first */
  'GET /api/v1/audit': { body: undefined; answer: List<AuditEntry> }
  /** The kinds of event that are in the trail */
  'GET /api/v1/audit/events': { body: undefined; answer: AuditEvents }
  /** Prove the whole trail */
  'GET /api/v1/audit/verify': { body: undefined; answer: AuditVerdict }
  /** What had the server told somebody at a moment? It is made again, and the question is in the trail */
  'POST /api/v1/audit/pictures': { body: PictureNew; answer: Picture }
  /** How far it is, then what was told; the last few are kept */
  'GET /api/v1/audit/pictures/{id}': { body: undefined; answer: Picture }
  /** Stop making it, or forget it */
  'DELETE /api/v1/audit/pictures/{id}': { body: undefined; answer: undefined }
  /** What the market data store has */
  'GET /api/v1/symbols': { body: undefined; answer: List<Symbol> }
  /** Stored days, newest first */
  'GET /api/v1/symbols/{symbol}/days': { body: undefined; answer: List<ChainDay> }
  /** Daily bars, oldest first */
  'GET /api/v1/symbols/{symbol}/bars': { body: undefined; answer: List<Bar> }
  /** Expiries at a moment, with forward and vol at the money */
  'GET /api/v1/chains/{symbol}/expiries': { body: undefined; answer: Expiries }
  /** One expiry at a moment, with vols and Greeks; the nearest if none is said */
  'GET /api/v1/chains/{symbol}': { body: undefined; answer: Chain }
  /** Strategies that come with the program */
  'GET /api/v1/catalogue': { body: undefined; answer: List<CatalogueEntry> }
  /** One of them, with its file */
  'GET /api/v1/catalogue/{name}': { body: undefined; answer: CatalogueEntry }
  /** Saved strategies */
  'GET /api/v1/strategies': { body: undefined; answer: List<Strategy> }
  /** Save a strategy */
  'POST /api/v1/strategies': { body: StrategyNew; answer: Strategy }
  /** Is this text a strategy? */
  'POST /api/v1/strategies/check': { body: StrategyText; answer: StrategyVerdict }
  /** A saved strategy, newest version */
  'GET /api/v1/strategies/{id}': { body: undefined; answer: Strategy }
  /** Put a strategy of one's own away; its versions stay in the store */
  'DELETE /api/v1/strategies/{id}': { body: undefined; answer: undefined }
  /** Its versions, newest first */
  'GET /api/v1/strategies/{id}/versions': { body: undefined; answer: List<Strategy> }
  /** Add a version to a strategy of one's own */
  'POST /api/v1/strategies/{id}/versions': { body: StrategyVersionNew; answer: Strategy }
  /** What backtests found, newest first */
  'GET /api/v1/backtests': { body: undefined; answer: List<Run> }
  /** Start a backtest; an Idempotency-Key makes a repeated request the same one */
  'POST /api/v1/backtests': { body: BacktestNew; answer: Job }
  /** What one found, in short */
  'GET /api/v1/backtests/{id}': { body: undefined; answer: Run }
  /** Forget one of one's own */
  'DELETE /api/v1/backtests/{id}': { body: undefined; answer: undefined }
  /** All of it: docs/report-json.md */
  'GET /api/v1/backtests/{id}/result': { body: undefined; answer: unknown }
  /** Make a synthetic market in the store */
  'POST /api/v1/simulations': { body: SimulationNew; answer: Job }
  /** Bring files of the inbox into the store */
  'POST /api/v1/imports': { body: ImportNew; answer: Job }
  /** My jobs (an admin's: all), newest first */
  'GET /api/v1/jobs': { body: undefined; answer: List<Job> }
  /** One of them */
  'GET /api/v1/jobs/{id}': { body: undefined; answer: Job }
  /** Stop one of them */
  'POST /api/v1/jobs/{id}/cancel': { body: undefined; answer: Job }
  /** The live desk */
  'GET /api/v1/desk': { body: undefined; answer: Desk }
  /** Halt, reduce, resume, flatten or kill; the answer is how the desk is then */
  'POST /api/v1/desk/commands': { body: DeskCommand; answer: Desk }
  /** Strategies on the desk */
  'GET /api/v1/desk/strategies': { body: undefined; answer: List<Armed> }
  /** Put a strategy on the desk and arm it */
  'POST /api/v1/desk/strategies': { body: ArmNew; answer: Armed }
  /** Arm one of one's own again */
  'POST /api/v1/desk/strategies/{id}/arm': { body: undefined; answer: Armed }
  /** It enters no more; what it holds is managed on */
  'POST /api/v1/desk/strategies/{id}/disarm': { body: undefined; answer: Armed }
  /** The underlyings of the desk */
  'GET /api/v1/quotes': { body: undefined; answer: List<Quote> }
  /** Bars within a day, oldest first */
  'GET /api/v1/symbols/{symbol}/intraday': { body: undefined; answer: List<IntradayBar> }
  /** Smiles and surface at a moment; the desk's own if none is said */
  'GET /api/v1/surface/{symbol}': { body: undefined; answer: Surface }
  /** Orders, newest first */
  'GET /api/v1/orders': { body: undefined; answer: List<Order> }
  /** Send an order; it is in the journal before this is answered. An Idempotency-Key makes a repeated request the same order */
  'POST /api/v1/orders': { body: OrderNew; answer: Order }
  /** What every gate says of an order, and what it would cost and risk; nothing is sent */
  'POST /api/v1/orders/preview': { body: OrderNew; answer: Preview }
  /** One of them, with all that happened to it */
  'GET /api/v1/orders/{id}': { body: undefined; answer: OrderDetail }
  /** Ask for another price or quantity of an order of one's own; it tells when it is so */
  'PUT /api/v1/orders/{id}': { body: OrderEdit; answer: Order }
  /** Ask to cancel an order of one's own; it tells when it is */
  'POST /api/v1/orders/{id}/cancel': { body: undefined; answer: Order }
  /** Fills, newest first */
  'GET /api/v1/fills': { body: undefined; answer: List<Fill> }
  /** Positions, by trade and by contract */
  'GET /api/v1/positions': { body: undefined; answer: List<Position> }
  /** Close a trade of one's own: the order that does it */
  'POST /api/v1/positions/{key}/close': { body: CloseNew; answer: Order }
  /** Accounts */
  'GET /api/v1/account': { body: undefined; answer: List<Account> }
  /** Greeks, scenarios, today's profit by Greek, limits and how near they are */
  'GET /api/v1/risk': { body: undefined; answer: Risk }
  /** The same with an order as if it were filled; nothing is sent */
  'POST /api/v1/risk/what-if': { body: OrderNew; answer: Risk }
  /** What is held at the valuation points of portfolio margin, beside what Regulation T asks */
  'GET /api/v1/risk/margin': { body: undefined; answer: MarginGrid }
  /** The same with an order as if it were filled; nothing is sent */
  'POST /api/v1/risk/margin/what-if': { body: OrderNew; answer: MarginGrid }
  /** How the desk's underlyings move together, and which pairs have just changed */
  'GET /api/v1/risk/correlations': { body: undefined; answer: Correlations }
  /** Alerts for me and for everybody, newest first */
  'GET /api/v1/alerts': { body: undefined; answer: List<Alert> }
  /** I have seen it */
  'POST /api/v1/alerts/{id}/seen': { body: undefined; answer: undefined }
  /** The WebSocket: docs/server.md */
  'GET /api/v1/stream': { body: undefined; answer: undefined }
  /** The same topics as server-sent events */
  'GET /api/v1/events': { body: undefined; answer: undefined }
}
