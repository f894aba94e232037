/*
 * The board's tables, and what each record does to them. Forwards and Greeks: board_greeks.c.
 */
#include "domain/market/board.h"

#include "base/zone.h"
#include "domain/features/quote.h"
#include "domain/pricing/pricing.h"

#define NONE UINT32_MAX
enum { OPENING_MINUTES = 30, VARIANCE_MINUTES = 5, BREAK_BARS = 3 };
static const double BREAK_FAST = 0.90, BREAK_SLOW = 0.99, BREAK_LIMIT = 3; /* correlation.h */

void board_init(struct board *board, struct arena *arena, const struct quotes *quotes,
                uint32_t capacity)
{
    *board = (struct board){ .quotes = quotes,
                             .capacity = capacity,
                             .is_laid_out = true,
                             .refresh_ns = NANOS_PER_SECOND / 5,
                             .open_ns = INT64_MAX };
    board->quote = arena_array(arena, struct board_quote, capacity);
    board->greeks = arena_array(arena, struct board_greeks, capacity);
    board->contracts = arena_array(arena, struct contract, capacity);
    board->strike = arena_array(arena, double, capacity);
    board->call_id = arena_array(arena, uint32_t, capacity);
    board->put_id = arena_array(arena, uint32_t, capacity);
    board->sign = arena_array(arena, int8_t, capacity);
    board->order = arena_array(arena, uint32_t, capacity);
    for (size_t i = 0; i < ARRAY_COUNT(board->scratch); i++)
        board->scratch[i] = arena_array(arena, double, capacity);
    for (uint32_t id = 0; id < capacity; id++) {
        board->quote[id] =
            (struct board_quote){ NAN, NAN, NAN, NAN, .owner = NONE, .expiry = NONE };
        board->greeks[id] = (struct board_greeks){ NAN, NAN, NAN, NAN, NAN };
    }
}

void board_listen(struct board *board, const struct quotes *quotes)
{
    board->quotes = quotes;
}

/* ---- definitions ---- */

static void begin_underlying(struct board_underlying *u, int64_t open_ns)
{
    session_bar_begin(&u->bar, open_ns);
    opening_range_begin(&u->opening, open_ns, OPENING_MINUTES * NANOS_PER_MINUTE);
    vwap_begin(&u->vwap, open_ns);
    session_variance_begin(&u->variance, open_ns, VARIANCE_MINUTES * NANOS_PER_MINUTE);
    put_call_begin(&u->flow, open_ns);
    u->minute_ns = TS_NONE;
    u->price = u->minute_close = u->minute_return = NAN;
}

static void add_pairs(struct board *board, uint32_t b)
{
    for (uint32_t a = 0; a < b; a++) {
        struct board_pair *pair = &board->pairs[board->pair_count++];
        *pair = (struct board_pair){ .a = a, .b = b, .minute_ns = TS_NONE };
        ewma_break_init(&pair->score, BREAK_FAST, BREAK_SLOW, BREAK_LIMIT, BREAK_BARS);
    }
}

/* Its index; NONE when there is no room for one more. */
static uint32_t add_underlying(struct board *board, uint32_t id)
{
    if (id >= board->capacity)
        return NONE;
    if (board->quote[id].owner != NONE || board->underlying_count == BOARD_UNDERLYINGS)
        return board->quote[id].owner;
    uint32_t which = board->underlying_count++;
    board->underlyings[which].id = id;
    begin_underlying(&board->underlyings[which], board->open_ns == INT64_MAX ? 0 : board->open_ns);
    board->quote[id].owner = which;
    if (which < BOARD_PAIRED)
        add_pairs(board, which);
    return which;
}

static void define(struct board *board, const struct market_record *r)
{
    const struct record_definition *d = &r->of.definition;
    uint32_t id = r->instrument;
    if (id >= board->capacity)
        return;
    if (d->class != INSTRUMENT_OPTION) {
        (void)add_underlying(board, id);
        return;
    }
    if (board->quote[id].is_option)
        return;
    board->quote[id].owner = add_underlying(board, d->underlying);
    if (board->quote[id].owner == NONE)
        return; /* beyond BOARD_UNDERLYINGS: quoted, but without a chain */
    board->contracts[id] = d->of.contract;
    board->quote[id].is_option = true;
    board->option_count++;
    board->is_laid_out = false;
}

/* ---- a session ---- */

/* The rules let nothing through outside a session, so the table's day is the record's. */
static void follow_session(struct board *board)
{
    if (board->quotes->open_ns == board->open_ns || board->quotes->open_ns == INT64_MAX)
        return;
    board->open_ns = board->quotes->open_ns;
    for (uint32_t i = 0; i < board->underlying_count; i++)
        begin_underlying(&board->underlyings[i], board->open_ns);
}

/* ---- underlyings ---- */

/* Two underlyings both have a return for the minute that just ended: one more pair of returns. */
static void update_pairs(struct board *board, uint32_t which)
{
    const struct board_underlying *u = &board->underlyings[which];
    for (uint32_t i = 0; i < board->pair_count; i++) {
        struct board_pair *pair = &board->pairs[i];
        if (pair->a != which && pair->b != which)
            continue;
        const struct board_underlying *a = &board->underlyings[pair->a],
                                      *b = &board->underlyings[pair->b];
        if (a->minute_ns != b->minute_ns || pair->minute_ns == u->minute_ns ||
            isnan(a->minute_return) || isnan(b->minute_return))
            continue;
        pair->minute_ns = u->minute_ns;
        ewma_break_update(&pair->score, u->minute_ns, a->minute_return, b->minute_return);
    }
}

/* The price until now is the close of the minute that has ended. */
static void turn_minute(struct board *board, uint32_t which, int64_t ts_ns)
{
    struct board_underlying *u = &board->underlyings[which];
    if (u->minute_ns != TS_NONE && ts_ns < u->minute_ns + NANOS_PER_MINUTE)
        return;
    bool is_next = u->minute_ns != TS_NONE && ts_ns < u->minute_ns + 2 * NANOS_PER_MINUTE;
    u->minute_ns = ts_ns - (ts_ns - board->open_ns) % NANOS_PER_MINUTE;
    u->minute_return = is_next ? (u->price - u->minute_close) / u->minute_close : NAN;
    u->minute_close = u->price;
    update_pairs(board, which);
}

static void take_price(struct board *board, uint32_t which, int64_t ts_ns, double price)
{
    struct board_underlying *u = &board->underlyings[which];
    if (isnan(price))
        return;
    turn_minute(board, which, ts_ns);
    u->price = price;
    session_bar_update(&u->bar, ts_ns, price);
    opening_range_update(&u->opening, ts_ns, price);
    session_variance_update(&u->variance, ts_ns, price);
}

/* ---- records ---- */

static void mark_changed(struct board *board, uint32_t e, int64_t ts_ns)
{
    if (e == NONE)
        return;
    struct board_expiry *expiry = &board->expiries[e];
    expiry->changed_ns = ts_ns;
    if (expiry->is_waiting)
        return;
    expiry->is_waiting = true;
    board->queue[(board->queue_first + board->queue_count++) % BOARD_EXPIRIES] = e;
}

static double side(int64_t price)
{
    return price == PRICE_NONE ? NAN : money_to_dollars(price);
}

static void take_quote(struct board *board, const struct market_record *r, bool is_void)
{
    struct board_quote *q = &board->quote[r->instrument];
    if (is_void) {
        q->bid = q->ask = q->mid = q->microprice = NAN;
    } else {
        struct quote_feature feature = { .bid = r->of.quote.bid,
                                         .ask = r->of.quote.ask,
                                         .bid_size = r->of.quote.bid_size,
                                         .ask_size = r->of.quote.ask_size };
        q->bid = side(feature.bid);
        q->ask = side(feature.ask);
        q->mid = quote_feature_mid(&feature);
        q->microprice = quote_feature_microprice(&feature);
    }
    if (q->is_option)
        mark_changed(board, q->expiry, r->recv_ns);
    else if (q->owner != NONE)
        take_price(board, q->owner, r->recv_ns, q->mid);
}

static void take_trade(struct board *board, const struct market_record *r)
{
    uint32_t id = r->instrument, which = board->quote[id].owner;
    if (which == NONE)
        return;
    struct board_underlying *u = &board->underlyings[which];
    double price = money_to_dollars(r->of.trade.price);
    if (r->of.trade.size == SIZE_NONE)
        return;
    if (board->quote[id].is_option)
        put_call_update(&u->flow, r->recv_ns,
                        board->contracts[id].right == OPTION_PUT ? OPTION_SIGN_PUT
                                                                 : OPTION_SIGN_CALL,
                        price, r->of.trade.size);
    else
        vwap_update(&u->vwap, r->recv_ns, price, r->of.trade.size);
}

void board_take(struct board *board, const struct market_record *r, enum rule rule)
{
    if (r->kind == RECORD_DEFINITION) {
        define(board, r);
        return;
    }
    bool is_void = rule_action(rule) == RULE_VOID;
    if (r->instrument >= board->capacity || (rule != RULE_NONE && !is_void))
        return;
    follow_session(board);
    if (r->kind == RECORD_QUOTE)
        take_quote(board, r, is_void);
    else if (r->kind == RECORD_TRADE && !is_void)
        take_trade(board, r);
    else if (r->kind == RECORD_LEVEL && !is_void && board->quote[r->instrument].owner != NONE)
        take_price(board, board->quote[r->instrument].owner, r->recv_ns,
                   money_to_dollars(r->of.level.value));
}
