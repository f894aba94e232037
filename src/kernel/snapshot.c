#include "kernel/snapshot.h"

#include <string.h>

#include "base/image.h"
#include "kernel/guard.h"
#include "kernel/snapshot_int.h"

/* ---- tables of fields --------------------------------------------------------------------------
 *
 * The last number is what is left out: holes between fields, and what is walked or made anew by
 * hand below.
 */

/* Lists of fields: clang-format takes them for calls. */
/* clang-format off */
#define TRADE_LEG_FIELDS(N, B)                                                                     \
    N(quantity) N(mark) N(mark_ns) N(contract) N(id) B(is_stock) B(from_assignment) N(spec)        \
    N(entry_quantity) N(entry_price) N(entry_bid) N(entry_ask) N(entry_iv) N(entry_delta)          \
    N(exit_price) N(deliverable)
IMAGE_TABLE(trade_leg, TRADE_LEG_FIELDS, 1)

#define TRADE_FIELDS(N, B)                                                                         \
    N(state) N(host) N(structure) N(working) N(flows) N(value) N(costs) N(best) N(worst)           \
    N(look_low) N(look_high) N(id) N(root) N(leg_count) N(opened_ns) N(closed_ns) N(units)         \
    N(entry_cash) N(spread_cost) N(max_loss) N(underlying_entry) N(underlying_exit) N(rolls)       \
    N(reason) N(confirm) N(confirm_ns) N(hedged_ns)
IMAGE_TABLE(trade, TRADE_FIELDS, 8 + sizeof(struct trade_leg[TRADE_LEGS_MAX]))

#define TICKET_FIELDS(N, B)                                                                        \
    N(order_id) N(trade) N(roll_to) N(roll_id) N(late) N(late_id) N(split) N(scale) N(leg_of)      \
    N(spec_of) N(moved_count) N(moved_from) N(moved_to) N(moved_units) N(max_loss) N(judged)       \
    N(judged_price) B(is_called_back) N(told) B(is_worked) B(gave_up) N(way) N(begun_ns)           \
    N(stepped_ns)
IMAGE_TABLE(ticket, TICKET_FIELDS, 15)

#define HOLDING_FIELDS(N, B) N(next) N(prev) N(trade) N(leg) B(linked)
IMAGE_TABLE(holding, HOLDING_FIELDS, 1)

#define STRUCTURE_STATE_FIELDS(N, B)                                                               \
    N(slot_day) N(slot_key) N(missed_day) N(missed_key) B(entered_once) N(closed_day) N(open)
IMAGE_TABLE(structure_state, STRUCTURE_STATE_FIELDS, 3)

#define HOST_FIELDS(N, B)                                                                          \
    N(market) B(is_armed) N(confidence) N(first_trade) N(last_trade) N(kept) N(look_ns)
/* strategy: given by whoever reads */
IMAGE_TABLE(host, HOST_FIELDS,
            7 + sizeof(void *) + sizeof(struct structure_state[STRATEGY_STRUCTURES_MAX]))

#define EVENT_DECLARE_FIELDS(N, B) N(ex_day) N(amount)
IMAGE_TABLE(event_declare, EVENT_DECLARE_FIELDS, 4)

#define MARKET_FIELDS(N, B)                                                                        \
    N(symbol) N(iv_history) N(iv_count) N(iv_today) N(close_history) N(close_count) B(wants_iv)    \
    N(features) N(features_stamp) N(beta) N(stock_holders) B(is_doubted) N(apart_since_ns)
/* book, signals, holders: below; wants: of the hosts' conditions, and the hole behind it, which
 * depends on how many there are */
IMAGE_TABLE(market, MARKET_FIELDS,
            15 + (16 - (sizeof(uint32_t) + FEATURE_COUNT + 1) % 8) % 8 + sizeof(struct book) +
                sizeof(bool[FEATURE_COUNT]) + 2 * sizeof(void *) + sizeof(struct event_declare))

#define BOOK_FIELDS(N, B)                                                                          \
    N(day) N(open_ns) N(close_ns) N(rate) N(now_ns) N(stamp) N(stamp_ns) N(underlying)             \
    N(underlying_bid) N(underlying_ask) N(prev_close) N(contract_count) N(slice_count)             \
    N(row_count)
/* limit: of the config; columns: below */
IMAGE_TABLE(book, BOOK_FIELDS, 0 + sizeof(struct book_limits) + 35 * sizeof(void *))

#define SLICE_FIELDS(N, B)                                                                         \
    N(row_first) N(settle_ns) N(last_trade_ns) N(settle) N(style) N(forward_stamp) N(greeks_stamp) \
    N(forward_status) B(forward_implied)
IMAGE_TABLE(slice, SLICE_FIELDS, 16 + sizeof(struct chain_expiry))

#define RISK_OVERRIDE_FIELDS(N, B)                                                                 \
    N(limit) N(value) N(role) N(by) N(reason) N(granted_ts_ns) N(expires_ts_ns) N(revoked_ts_ns)
IMAGE_TABLE(risk_override, RISK_OVERRIDE_FIELDS, 8)

#define RISK_WATCH_FIELDS(N, B)                                                                    \
    N(orders) N(rejects) N(errors) N(last_ts_ns) N(wall_ns) N(steady_ns) B(has_hedged)             \
    B(has_liquidated)
IMAGE_TABLE(risk_watch, RISK_WATCH_FIELDS, 6)

#define RISK_RANGE_FIELDS(N, B) N(up) N(down) N(unpriced) B(is_overflow)
IMAGE_TABLE(risk_range, RISK_RANGE_FIELDS, 3)

#define RISK_ACCOUNT_FIELDS(N, B)                                                                  \
    N(state) N(equity) N(equity_start) N(flows) N(var) N(shortfall) N(recent_orders)               \
    N(scenario_count) N(grid_count) N(underlying_count) N(strategy_count) N(held) N(unpriced)      \
    B(is_overflow) B(is_without_index)
IMAGE_TABLE(risk_account, RISK_ACCOUNT_FIELDS,
            6 + 2 * sizeof(void *) + sizeof(struct risk_range))

#define GUARD_FIELDS(N, B)                                                                         \
    N(limits) N(limits_until_ns) B(needs_greeks) B(needs_stress) B(needs_tail) B(is_built)         \
    N(built) N(built_but) B(is_called) B(has_filled) N(called_changes) N(called_ns)                \
    N(called_equity) N(called_deposit) N(owed) N(owed_changes) N(sigma) B(is_tail_known)
/* base: of the config; overrides, watch, account: their own; the rest is room to work in */
IMAGE_TABLE(guard, GUARD_FIELDS,
            25 + sizeof(struct risk_limits) + sizeof(struct risk_overrides) +
                sizeof(struct risk_watch) + sizeof(struct risk_account) + 18 * sizeof(void *))

#define KERNEL_FIELDS(N, B)                                                                        \
    N(now_ns) B(failed) B(flattening) B(entries_halted_today) N(state) B(reduced_by_loss)          \
    B(by_planner) B(reduced_by_call) N(looked_ns) N(changes) N(owed) B(in_snapshot) N(cash)        \
    N(interest) N(value) N(day) N(day_start_equity) N(market_count) N(host_count) N(host_room)     \
    N(host_total) N(look_head) N(free_count) N(ended_count) N(wanted_count) N(trade_high)          \
    N(next_trade_id) N(next_order_id) N(vix) N(events_hash) N(effects_hash)
/* config: given; effects and notes: of the last step, gone with the next; the rest below */
IMAGE_TABLE(kernel, KERNEL_FIELDS,
            45 + sizeof(struct kernel_config) + sizeof(size_t) + sizeof(int) + 19 * sizeof(void *))
/* clang-format on */

/* ---- parts ----------------------------------------------------------------------------------- */

static void image_columns(struct image *im, struct book *book)
{
    uint32_t rows = book->row_count, ids = book->contract_count;
    image_array(im, "strike_mills", book->strike_mills, rows, sizeof *book->strike_mills);
    image_array(im, "call_id", book->call_id, rows, sizeof *book->call_id);
    image_array(im, "put_id", book->put_id, rows, sizeof *book->put_id);
    image_array(im, "slice_of", book->slice_of, rows, sizeof *book->slice_of);
    for (int side = 0; side < 2; side++) {
        image_array(im, "bid", book->bid[side], rows, sizeof *book->bid[side]);
        image_array(im, "ask", book->ask[side], rows, sizeof *book->ask[side]);
        image_array(im, "last", book->last[side], rows, sizeof *book->last[side]);
        image_array(im, "bid_size", book->bid_size[side], rows, sizeof *book->bid_size[side]);
        image_array(im, "ask_size", book->ask_size[side], rows, sizeof *book->ask_size[side]);
        image_array(im, "iv", book->iv[side], rows, sizeof *book->iv[side]);
        image_array(im, "delta", book->delta[side], rows, sizeof *book->delta[side]);
    }
    image_array(im, "contracts", book->contracts, ids, sizeof *book->contracts);
    image_array(im, "row_of", book->row_of, ids, sizeof *book->row_of);
    image_array(im, "volume", book->volume, ids, sizeof *book->volume);
    image_array(im, "open_interest", book->open_interest, ids, sizeof *book->open_interest);
}

/* What select_legs() reads of a slice; its pointers go into the columns again. */
static void image_view(struct image *im, struct book *book, struct slice *slice)
{
    struct chain_expiry *v = &slice->view;
    bool has_delta = v->call_delta != NULL;
    IMAGE(im, v->expiry);
    IMAGE(im, v->dte);
    IMAGE(im, v->root);
    IMAGE(im, v->forward);
    IMAGE(im, v->discount);
    IMAGE(im, v->years);
    image_count(im, "strike_count", &v->strike_count, book->row_count);
    image_bool(im, "has_delta", &has_delta);
    uint32_t first = slice->row_first;
    if (!image_reads(im))
        return;
    if (first > book->row_count || v->strike_count > book->row_count - first) {
        image_fail(im, "row_first");
        first = v->strike_count = 0;
    }
    v->strike_mills = book->strike_mills + first;
    v->call_id = book->call_id + first;
    v->put_id = book->put_id + first;
    v->call_bid = book->bid[0] + first;
    v->call_ask = book->ask[0] + first;
    v->put_bid = book->bid[1] + first;
    v->put_ask = book->ask[1] + first;
    v->call_delta = has_delta ? book->delta[0] + first : NULL;
    v->put_delta = has_delta ? book->delta[1] + first : NULL;
}

/* An index of a column, all below its end (or a word for none). */
static void check_below(struct image *im, const char *name, const uint32_t *values, uint32_t count,
                        uint32_t end, uint32_t none)
{
    for (uint32_t i = 0; image_reads(im) && i < count; i++)
        if (values[i] >= end && values[i] != none)
            image_fail(im, name);
}

static void image_whole_book(struct image *im, struct book *book)
{
    image_mark(im, "book");
    image_book(im, book);
    if (book->contract_count > book->limit.contracts || book->row_count > book->contract_count ||
        book->slice_count > book->limit.slices || book->slice_count > book->row_count) {
        image_fail(im, "contract_count");
        book->contract_count = book->row_count = book->slice_count = 0;
    }
    image_columns(im, book);
    for (uint32_t i = 0; i < book->slice_count; i++) {
        image_slice(im, &book->slices[i]);
        image_view(im, book, &book->slices[i]);
    }
    check_below(im, "row_of", book->row_of, book->contract_count, book->row_count, 0);
    check_below(im, "slice_of", book->slice_of, book->row_count, book->slice_count, 0);
    check_below(im, "call_id", book->call_id, book->row_count, book->contract_count, OPTION_NONE);
    check_below(im, "put_id", book->put_id, book->row_count, book->contract_count, OPTION_NONE);
}

static void image_whole_market(struct image *im, struct kernel *k, struct market *market)
{
    char symbol[sizeof market->symbol];
    memcpy(symbol, market->symbol, sizeof symbol);
    image_mark(im, "market");
    image_market(im, market);
    if (memcmp(symbol, market->symbol, sizeof symbol) != 0)
        image_fail(im, "symbol");
    image_event_declare(im, &market->declared);
    image_whole_book(im, &market->book);
    image_array(im, "holders", market->holders, market->book.contract_count,
                sizeof *market->holders);
    uint32_t end = k->config.limits.trades * TRADE_LEGS_MAX;
    check_below(im, "holders", market->holders, market->book.contract_count, end, NONE);
    check_below(im, "stock_holders", &market->stock_holders, 1, end, NONE);
    bool has_signals = market->signals != NULL, told = has_signals;
    image_bool(im, "has_signals", &told);
    if (told != has_signals)
        image_fail(im, "has_signals");
    if (has_signals && !im->fault)
        image_whole_signals(im, market->signals);
}

static void image_hosts(struct image *im, struct kernel *k)
{
    image_mark(im, "hosts");
    uint32_t none = NONE, trades = k->config.limits.trades;
    for (uint32_t i = 0; i < k->host_total; i++) {
        struct host *host = &k->hosts[i];
        if (i >= k->host_count && i < k->host_room)
            continue; /* free */
        image_host(im, host);
        for (int s = 0; s < STRATEGY_STRUCTURES_MAX; s++)
            image_structure_state(im, &host->structures[s]);
        check_below(im, "host.market", &host->market, 1, k->market_count, 0);
        check_below(im, "first_trade", &host->first_trade, 1, trades, none);
        check_below(im, "last_trade", &host->last_trade, 1, trades, none);
        check_below(im, "kept", &host->kept, 1, trades, none);
    }
    image_array(im, "look_queue", k->look_queue, k->host_count, sizeof *k->look_queue);
    check_below(im, "look_queue", k->look_queue, k->host_count, k->host_count, 0);
}

static void image_trades(struct image *im, struct kernel *k)
{
    uint32_t n = k->config.limits.trades, used = k->trade_high, none = NONE;
    image_mark(im, "trades");
    for (uint32_t i = 0; i < used; i++) {
        struct trade *t = &k->trades[i];
        image_trade(im, t);
        if (t->leg_count < 0 || t->leg_count > TRADE_LEGS_MAX || t->host >= k->host_total) {
            image_fail(im, "leg_count");
            t->leg_count = 0;
            t->host = 0;
        }
        for (int j = 0; j < t->leg_count; j++)
            image_trade_leg(im, &t->legs[j]);
        for (uint32_t j = 0; j < TRADE_LEGS_MAX; j++)
            image_holding(im, &k->holdings[i * TRADE_LEGS_MAX + j]);
    }
    image_array(im, "trade_next", k->trade_next, used, sizeof *k->trade_next);
    image_array(im, "trade_prev", k->trade_prev, used, sizeof *k->trade_prev);
    image_array(im, "free_trades", k->free_trades, k->free_count, sizeof *k->free_trades);
    image_array(im, "ended", k->ended, k->ended_count, sizeof *k->ended);
    image_array(im, "wanted", k->wanted, k->wanted_count, sizeof *k->wanted);
    check_below(im, "trade_next", k->trade_next, used, n, none);
    check_below(im, "trade_prev", k->trade_prev, used, n, none);
    check_below(im, "free_trades", k->free_trades, k->free_count, n, 0);
    check_below(im, "ended", k->ended, k->ended_count, n, 0);
    check_below(im, "wanted", k->wanted, k->wanted_count, n, 0);
}

/* Orders that are over give their places back one by one: each place is kept. */
static void image_orders(struct image *im, struct kernel *k)
{
    image_mark(im, "orders");
    size_t bytes;
    uint8_t *set = (uint8_t *)(uintptr_t)order_set_image(k->orders, &bytes);
    uint64_t told = bytes;
    image_bytes(im, "orders", &told, sizeof told);
    if (told != bytes)
        image_fail(im, "orders");
    if (!image_reads(im)) {
        image_bytes(im, "orders", set, bytes);
    } else if (!im->fault && im->len - im->at >= bytes &&
               !order_set_restore(k->orders, im->in + im->at, bytes)) {
        im->at += bytes;
    } else {
        image_fail(im, "orders");
    }
    uint32_t places = 2 * k->config.limits.orders;
    for (uint32_t i = 0; i < places; i++)
        image_ticket(im, &k->tickets[i]);
}

static void image_whole_guard(struct image *im, struct kernel *k)
{
    struct guard *g = k->guard;
    bool has_guard = g != NULL, told = has_guard;
    image_mark(im, "guard");
    image_bool(im, "has_guard", &told);
    if (told != has_guard)
        image_fail(im, "has_guard");
    if (!has_guard || im->fault)
        return;
    struct risk_account *a = &g->account;
    size_t underlyings = a->underlying_count, strategies = a->strategy_count;
    image_guard(im, g);
    uint32_t count = (uint32_t)g->overrides.count;
    image_count(im, "overrides", &count, RISK_OVERRIDES_MAX);
    g->overrides.count = count;
    for (uint32_t i = 0; i < count; i++)
        image_risk_override(im, &g->overrides.at[i]);
    image_risk_watch(im, &g->watch);
    image_risk_account(im, a);
    image_risk_range(im, &a->working);
    if (a->underlying_count != underlyings || a->strategy_count != strategies) {
        image_fail(im, "strategy_count");
        a->underlying_count = underlyings;
        a->strategy_count = strategies;
    }
    if (g->tail_book) /* of the account as it was counted; the rest is counted anew */
        image_array(im, "tail_book", g->tail_book, GUARD_MOVES, sizeof *g->tail_book);
    image_array(im, "underlyings", a->underlyings, (uint32_t)underlyings, sizeof *a->underlyings);
    image_array(im, "strategies", a->strategies, (uint32_t)strategies, sizeof *a->strategies);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool counts_fit(const struct kernel *k, const struct kernel *before)
{
    uint32_t trades = k->config.limits.trades;
    return k->market_count == before->market_count && k->host_room == before->host_room &&
           k->host_total == before->host_total && k->host_count >= before->host_count &&
           k->host_count <= k->host_room && k->look_head <= k->host_count &&
           k->free_count <= trades && k->ended_count <= trades && k->wanted_count <= trades &&
           k->trade_high <= trades;
}

static void image_all(struct image *im, struct kernel *k)
{
    const struct kernel before = *k;
    image_mark(im, "kernel");
    image_kernel(im, k);
    if (!counts_fit(k, &before)) {
        image_fail(im, "counts");
        *k = before;
        return;
    }
    image_hosts(im, k);
    image_trades(im, k);
    for (uint32_t i = 0; i < k->market_count && !im->fault; i++)
        image_whole_market(im, k, &k->markets[i]);
    if (!im->fault)
        image_orders(im, k);
    if (!im->fault)
        image_whole_guard(im, k);
    image_mark(im, "end");
}

uint32_t kernel_snapshot_layout(void)
{
    static const size_t sizes[] = { 2, /* of the walk itself: count up when it changes */
                                    sizeof(struct kernel),
                                    sizeof(struct trade),
                                    sizeof(struct trade_leg),
                                    sizeof(struct ticket),
                                    sizeof(struct host),
                                    sizeof(struct market),
                                    sizeof(struct book),
                                    sizeof(struct slice),
                                    sizeof(struct guard),
                                    sizeof(struct order_state),
                                    sizeof(struct order_fill),
                                    sizeof(struct order_version),
                                    sizeof(struct order_terms),
                                    FEATURE_COUNT,
                                    RISK_LIMIT_COUNT,
                                    STRATEGY_STRUCTURES_MAX };
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        hash = (hash ^ (uint32_t)sizes[i]) * 16777619U;
    return hash;
}

void kernel_snapshot_write(struct kernel *k, struct buf *out)
{
    struct image im = { .out = out };
    image_all(&im, k);
    MUST(!im.fault);
}

enum err kernel_snapshot_read(struct kernel *k, const uint8_t *bytes, size_t len,
                              const struct strategy *const *strategies, uint32_t strategy_count)
{
    struct image im = { .in = bytes, .len = len };
    uint32_t had = k->host_count;
    image_all(&im, k);
    if (!im.fault && (im.at != len || k->host_count != strategy_count))
        image_fail(&im, im.at != len ? "bytes behind its end" : "strategies");
    for (uint32_t i = 0; !im.fault && i < k->host_count; i++) {
        if (kernel_market_find(k, strategies[i]->underlying) != k->hosts[i].market)
            image_fail(&im, "host.market");
        k->hosts[i].strategy = strategies[i];
    }
    if (im.fault)
        return err_set(ERR_CORRUPT, "the snapshot does not fit this kernel: %s", im.fault);
    for (uint32_t i = had; i < k->host_count; i++) {
        struct market *market = host_market(k, &k->hosts[i]);
        uint64_t stamp = market->features_stamp;
        features_want(k, &k->hosts[i]);
        market->features_stamp = stamp;
    }
    return ERR_OK;
}
