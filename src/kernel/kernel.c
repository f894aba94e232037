#include "kernel/kernel_int.h"

#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "domain/risk/risk.h"

/* How many strategies look at one event at most, when their time has come without a snapshot. */
enum { LOOKS_PER_EVENT = 4 };

/* ---- opening --------------------------------------------------------------------------------- */

uint32_t kernel_market_find(const struct kernel *k, const char *underlying)
{
    for (uint32_t i = 0; i < k->market_count; i++)
        if (strcmp(k->markets[i].symbol, underlying) == 0)
            return i;
    return UINT32_MAX;
}

static uint32_t add_market(struct kernel *k, const char *underlying)
{
    uint32_t found = kernel_market_find(k, underlying);
    if (found != UINT32_MAX)
        return found;
    struct market *market = &k->markets[k->market_count];
    MUST(strlen(underlying) < sizeof market->symbol);
    memcpy(market->symbol, underlying, strlen(underlying));
    return k->market_count++;
}

static void open_market(struct kernel *k, struct market *market, struct arena *arena)
{
    const struct kernel_limits *limit = &k->config.limits;
    book_init(&market->book, arena, limit->book);
    market->iv_today = NAN;
    market->stock_holders = NONE;
    market->features_stamp = UINT64_MAX;
    market->holders = arena_array(arena, uint32_t, limit->book.contracts);
}

static void init_host(struct host *host, const struct strategy *strategy, uint32_t market)
{
    *host = (struct host){ .strategy = strategy,
                           .market = market,
                           .is_armed = strategy != NULL,
                           .confidence = 1,
                           .first_trade = NONE,
                           .last_trade = NONE,
                           .kept = NONE,
                           .look_ns = INT64_MIN };
}

static void open_hosts(struct kernel *k, struct arena *arena)
{
    const struct kernel_config *config = &k->config;
    k->host_count = config->strategy_count;
    k->host_room = config->strategy_room > k->host_count ? config->strategy_room : k->host_count;
    uint32_t most = config->underlying_count + k->host_count;
    k->hosts = arena_array(arena, struct host, k->host_room + most);
    k->look_queue = arena_array(arena, uint32_t, k->host_room);
    k->markets = arena_array(arena, struct market, most);
    for (uint32_t i = 0; i < config->underlying_count; i++)
        add_market(k, config->underlyings[i]);
    for (uint32_t i = 0; i < k->host_count; i++) {
        MUST(config->strategies[i] != NULL);
        init_host(&k->hosts[i], config->strategies[i],
                  add_market(k, config->strategies[i]->underlying));
        k->hosts[i].is_armed = !config->disarmed || !config->disarmed[i];
        k->look_queue[i] = i;
    }
    k->host_total = k->host_room + k->market_count;
    for (uint32_t i = k->host_count; i < k->host_room; i++)
        init_host(&k->hosts[i], NULL, 0); /* free */
    for (uint32_t i = 0; i < k->market_count; i++)
        init_host(&k->hosts[k->host_room + i], NULL, i);
}

bool host_enlist(struct kernel *k, const struct strategy *strategy, bool is_armed, const char **why)
{
    uint32_t market = kernel_market_find(k, strategy->underlying), index = k->host_count;
    *why = market == UINT32_MAX ? "its underlying is no market of this desk"
                                : "all places for strategies are taken";
    if (market == UINT32_MAX || index == k->host_room)
        return false;
    init_host(&k->hosts[index], strategy, market);
    k->hosts[index].is_armed = is_armed;
    /* It has never looked: it is the next to. */
    memmove(&k->look_queue[k->look_head + 1], &k->look_queue[k->look_head],
            (index - k->look_head) * sizeof *k->look_queue);
    k->look_queue[k->look_head] = index;
    k->host_count++;
    features_want(k, &k->hosts[index]);
    return true;
}

enum err kernel_open(struct kernel **out, struct arena *arena, const struct kernel_config *config)
{
    const struct kernel_limits *limit = &config->limits;
    if (!limit->trades || !limit->orders || !limit->book.contracts || !limit->book.slices ||
        limit->effects < kernel_effects_needed(limit->trades, limit->orders))
        return err_set(
            ERR_RANGE,
            "kernel limits of %u trades, %u orders, %u effects, %u contracts are too small",
            limit->trades, limit->orders, limit->effects, limit->book.contracts);
    if (!config->strategy_count && !config->underlying_count)
        return err_set(ERR_RANGE, "a kernel needs a strategy or an underlying");
    struct kernel *k = arena_new(arena, struct kernel);
    k->config = *config;
    k->config.look_ns = config->look_ns ? config->look_ns : NANOS_PER_SECOND;
    k->cash = config->cash;
    k->vix = NAN;
    k->events_hash = k->effects_hash = UINT64_C(0xcbf29ce484222325);
    open_hosts(k, arena);
    for (uint32_t i = 0; i < k->market_count; i++) {
        open_market(k, &k->markets[i], arena);
        k->markets[i].beta =
            config->betas ? config->betas[i] : risk_usual_beta(k->markets[i].symbol);
    }
    trades_open(k, arena);
    orders_open(k, arena);
    k->effects = arena_array(arena, struct effect, limit->effects);
    k->notes = arena_alloc(arena, sizeof *k->notes * NOTES_PER_STEP);
    k->views = arena_array(arena, struct chain_expiry, limit->book.slices);
    k->view_index = arena_array(arena, uint32_t, limit->book.slices);
    features_open(k, arena);
    guard_open(k, arena);
    query_open(k, arena);
    life_open(k, arena);
    *out = k;
    return ERR_OK;
}

/* ---- looking --------------------------------------------------------------------------------- */

static void check_daily_loss(struct kernel *k, const struct host *host)
{
    double limit = host->strategy->daily_loss_percent;
    if (isnan(limit) || k->entries_halted_today || k->day_start_equity <= 0)
        return;
    int64_t loss = k->day_start_equity - ledger_equity(k);
    if ((double)loss < limit / 100.0 * (double)k->day_start_equity)
        return;
    k->entries_halted_today = true;
    note(k, NOTE_DAILY_LOSS,
         "daily loss limit of %g %% reached: no entries for the rest of the day", limit);
}

static void look(struct kernel *k, struct host *host)
{
    host->look_ns = k->now_ns;
    if (!(host_market(k, host)->book.open_ns)) /* no session yet */
        return;
    features_market(k, host_market(k, host));
    check_daily_loss(k, host);
    if (k->looked_ns != k->now_ns)
        guard_call(k);
    if (k->flattening && k->looked_ns != k->now_ns)
        guard_flatten(k);
    k->looked_ns = k->now_ns;
    host_manage(k, host);
    host_enter(k, host);
}

/* Let those look whose time has come, the longest waiting first. */
static void look_due(struct kernel *k, uint32_t most)
{
    if (most > k->host_count)
        most = k->host_count;
    for (; most; most--) {
        uint32_t index = k->look_queue[k->look_head];
        struct host *host = &k->hosts[index];
        if (host->look_ns != INT64_MIN && k->now_ns - host->look_ns < k->config.look_ns)
            return;
        k->look_queue[k->look_head] = index; /* now the last of the ring */
        k->look_head = k->look_head + 1 == k->host_count ? 0 : k->look_head + 1;
        look(k, host);
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

static struct market *market_of(struct kernel *k, const struct event *event)
{
    MUST(event->underlying < k->market_count);
    return &k->markets[event->underlying];
}

static enum err on_session(struct kernel *k, struct market *market,
                           const struct event_session *session)
{
    enum err err = book_session(&market->book, session);
    if (err)
        return err;
    holdings_relist(k, market);
    signals_session(market);
    orders_lapse(k, (uint32_t)(market - k->markets), session->day);
    if (session->day != k->day) {
        err = life_nights(k, k->day, session->day, session->rate);
        if (err)
            return err;
        k->day = session->day;
        k->day_start_equity = ledger_equity(k);
        k->entries_halted_today = false;
        guard_new_day(k);
    }
    return ERR_OK;
}

/* A snapshot: all of the market's strategies look. They manage what they hold first and enter
 * then, so that what one gives back another may use. */
static void on_market(struct kernel *k, struct market *market, const struct event_market *event)
{
    book_market(&market->book, k->now_ns, event);
    signals_traded(k, market, event->traded_price, event->traded);
    ledger_mark(k, market);
    features_market(k, market);
    guard_loss(k);
    guard_call(k);
    if (k->flattening)
        guard_flatten(k);
    for (uint32_t i = 0; i < k->host_total; i++) {
        struct host *host = &k->hosts[i];
        if (host_market(k, host) != market)
            continue;
        if (host->strategy)
            check_daily_loss(k, host);
        host_manage(k, host);
    }
    for (uint32_t i = 0; i < k->host_count; i++)
        if (host_market(k, &k->hosts[i]) == market)
            host_enter(k, &k->hosts[i]);
}

static void on_quote(struct kernel *k, struct market *market, const struct event_quote *quote)
{
    book_quote(&market->book, k->now_ns, quote, k->config.look_ns);
    if (quote->contract == QUOTE_UNDERLYING) {
        signals_price(k, market);
        signals_traded(k, market, quote->last, quote->traded);
    }
    ledger_quote(k, market, quote->contract);
    if (k->wanted_count) {
        features_market(k, market);
        for (uint32_t i = 0; i < k->wanted_count; i++)
            trade_manage(k, k->wanted[i]);
        k->wanted_count = 0;
    }
    if (k->host_count)
        look_due(k, LOOKS_PER_EVENT);
}

static void on_feed(struct kernel *k, struct market *market, const struct event_feed *feed)
{
    if (feed->why[0])
        note(k, NOTE_FEED, "%s: %.*s%s", market->symbol, (int)sizeof feed->why, feed->why,
             feed->is_doubted == market->is_doubted ? ""
             : feed->is_doubted                     ? "; nothing is opened"
                                                    : "; entries are open again");
    market->is_doubted = feed->is_doubted;
    guard_feeds(k, market, feed);
}

static enum err handle(struct kernel *k, const struct event *event)
{
    switch (event->kind) {
    case EVENT_QUOTE:
        on_quote(k, market_of(k, event), &event->of.quote);
        return ERR_OK;
    case EVENT_SESSION:
        return on_session(k, market_of(k, event), &event->of.session);
    case EVENT_MARKET:
        on_market(k, market_of(k, event), &event->of.market);
        return ERR_OK;
    case EVENT_SETTLE:
        return ledger_settle(k, market_of(k, event), &event->of.settle);
    case EVENT_DIVIDEND:
        ledger_dividend(k, market_of(k, event), event->of.dividend.amount);
        return ERR_OK;
    case EVENT_DECLARE:
        life_declare(market_of(k, event), &event->of.declare);
        return ERR_OK;
    case EVENT_SPLIT:
        return life_split(k, market_of(k, event), &event->of.split);
    case EVENT_ASSIGN:
        return life_assign(k, market_of(k, event), &event->of.assign);
    case EVENT_LEVEL:
        if (strcmp(event->of.level.symbol, "VIX") == 0)
            k->vix =
                event->of.level.value == PRICE_NONE ? NAN : money_to_dollars(event->of.level.value);
        return ERR_OK;
    case EVENT_REPORT:
        fills_report(k, event->of.report);
        guard_answered(k);
        return k->failed ? err_set(ERR_FULL,
                                   "a fill of order %llu could not be kept: every place is taken",
                                   (unsigned long long)event->of.report->order_id)
                         : ERR_OK;
    case EVENT_TIMER:
        guard_timer(k, &event->of.timer);
        guard_call(k);
        if (k->flattening)
            guard_flatten(k);
        look_due(k, UINT32_MAX);
        return ERR_OK;
    case EVENT_COMMAND:
        on_command(k, &event->of.command);
        return ERR_OK;
    case EVENT_DATED:
        signals_dated(k, market_of(k, event), &event->of.dated);
        return ERR_OK;
    case EVENT_FEED:
        on_feed(k, market_of(k, event), &event->of.feed);
        return ERR_OK;
    case EVENT_DAY_END:
        features_day_end(k, market_of(k, event));
        return life_day_end(k, market_of(k, event));
    case EVENT_KIND_COUNT:
        break;
    }
    must_fail("an event of unknown kind", __FILE__, __LINE__);
}

/* Or is the time at which an answer may be missed. */
static bool moves_what_is_held(enum event_kind kind)
{
    return kind == EVENT_SETTLE || kind == EVENT_ASSIGN || kind == EVENT_SPLIT ||
           kind == EVENT_SESSION || kind == EVENT_DAY_END || kind == EVENT_TIMER;
}

enum err kernel_step(struct kernel *k, const struct event *event)
{
    k->effect_count = 0;
    k->step_notes = 0;
    if (k->failed)
        return err_set(ERR_FULL, "the kernel stopped at a limit and takes no more events");
    if (event->ts_ns < k->now_ns)
        return err_set(ERR_RANGE, "event %llu (%s) goes back in time",
                       (unsigned long long)event->sequence, event_kind_name(event->kind));
    trades_reap(k);
    k->now_ns = event->ts_ns;
    k->in_snapshot = event->kind == EVENT_MARKET;
    hash_event(k, event);
    enum err err = handle(k, event);
    orders_groups(k); /* whatever it was that ended or filled one */
    if (event->kind == EVENT_REPORT)
        bracket_tend_order(k, event->of.report->order_id);
    else if (moves_what_is_held(event->kind))
        bracket_tend_all(k, event->kind == EVENT_TIMER);
    if (err)
        k->failed = true;
    effects_hash_step(k);
    return err;
}

/* ---- queries --------------------------------------------------------------------------------- */

static void add_greeks(struct kernel *k, const struct trade *trade, const struct trade_leg *leg,
                       struct account *out)
{
    double count = (double)leg->quantity * (double)leg_multiplier(leg);
    if (leg->is_stock) {
        out->delta += count;
        return;
    }
    struct option_greeks g = { NAN, NAN, NAN, NAN, NAN };
    if (leg->id != OPTION_NONE)
        g = book_option_greeks(&trade_market(k, trade)->book, leg->id);
    out->delta += g.delta * count;
    out->gamma += g.gamma * count;
    out->vega += g.vega * count / 100.0;
    out->theta += g.theta * count / 365.0;
}

static void add_trade(struct kernel *k, const struct trade *trade, struct account *out)
{
    out->open_trades += trade->state == TRADE_OPEN;
    for (int j = 0; j < trade->leg_count; j++) {
        const struct trade_leg *leg = &trade->legs[j];
        if (!leg->quantity)
            continue;
        int64_t value =
            leg->mark == PRICE_NONE ? 0 : money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
        *(leg->is_stock ? &out->stock : &out->options) += value;
        if (trade->state == TRADE_KEPT)
            out->shares += leg->quantity;
        add_greeks(k, trade, leg, out);
    }
}

void kernel_account(struct kernel *k, struct account *out)
{
    *out = (struct account){ .cash = k->cash, .interest = k->interest };
    query_begin(k);
    for (uint32_t i = 0; i < k->trade_high; i++)
        if (k->trades[i].state != TRADE_FREE)
            add_trade(k, &k->trades[i], out);
    out->equity = out->cash + out->options + out->stock;
    query_end(k);
}

void kernel_account_of(struct kernel *k, uint32_t host, struct account *out)
{
    MUST(host < k->host_total);
    *out = (struct account){ 0 };
    query_begin(k);
    for (uint32_t i = k->hosts[host].first_trade; i != NONE; i = k->trade_next[i]) {
        out->cash += k->trades[i].flows - k->trades[i].costs;
        add_trade(k, &k->trades[i], out);
    }
    out->equity = out->cash + out->options + out->stock;
    query_end(k);
}

int64_t kernel_equity(const struct kernel *k)
{
    return ledger_equity(k);
}

const struct trade *kernel_trades(const struct kernel *k, size_t *slots)
{
    *slots = k->trade_high;
    return k->trades;
}

uint32_t kernel_market_count(const struct kernel *k)
{
    return k->market_count;
}

const struct book *kernel_book(const struct kernel *k, uint32_t market)
{
    MUST(market < k->market_count);
    return &k->markets[market].book;
}

const struct strategy *kernel_strategy(const struct kernel *k, uint32_t host)
{
    MUST(host < k->host_total);
    return k->hosts[host].strategy;
}

uint32_t kernel_strategy_count(const struct kernel *k)
{
    return k->host_count;
}

bool kernel_is_armed(const struct kernel *k, uint32_t host)
{
    MUST(host < k->host_count);
    return k->hosts[host].is_armed;
}

uint32_t kernel_manual_host(const struct kernel *k, uint32_t market)
{
    MUST(market < k->market_count);
    return k->host_room + market;
}

const struct order_set *kernel_orders(const struct kernel *k)
{
    return k->orders;
}

enum risk_state kernel_state(const struct kernel *k)
{
    return k->state;
}

const char *kernel_underlying(const struct kernel *k, const struct trade *trade)
{
    return trade_market(k, trade)->symbol;
}

const double *kernel_features(const struct kernel *k, uint32_t market)
{
    MUST(market < k->market_count);
    return k->markets[market].features;
}

bool kernel_reads_flow(const struct kernel *k)
{
    for (uint32_t i = 0; i < k->market_count; i++) {
        const bool *wants = k->markets[i].wants;
        if (wants[FEATURE_PUT_CALL_VOLUME] || wants[FEATURE_PUT_CALL_OPEN] ||
            wants[FEATURE_GAMMA_EXPOSURE] || wants[FEATURE_UNUSUAL_VOLUME])
            return true;
    }
    return false;
}
