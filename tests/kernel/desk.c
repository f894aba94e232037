#include "tests/kernel/desk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/types/product.h"
#include "tests/testing.h"

void desk_open(struct desk *d, const char *yaml, enum fill_model fill, enum fee_schedule fees)
{
    desk_open_config(d, yaml, fill, fees, true, INT64_MAX);
}

static void on_order(struct desk *d, const struct effect *effect)
{
    const struct order_state *order = effect->of.order.state;
    if (effect->of.order.to == ORDER_AWAITING_SIGNATURE)
        d->waiting = order->id;
    if (order->reason_text[0])
        memcpy(d->last_reason, order->reason_text, sizeof d->last_reason);
    if (!order_status_is_done(effect->of.order.to) || order_status_is_done(effect->of.order.from))
        return;
    d->filled += order->filled > 0;
    d->rejected += order->filled == 0;
}

static void watch(void *context, const struct effect *effect)
{
    struct desk *d = context;
    const struct order_state *order = effect->of.order.state;
    switch (effect->kind) {
    case EFFECT_SUBMIT: {
        MUST(d->sent_count < DESK_KEPT);
        struct desk_order *sent = &d->sent[d->sent_count++];
        *sent = (struct desk_order){ .id = order->id,
                                     .ts_ns = effect->ts_ns,
                                     .purpose = (enum order_purpose)order->terms.purpose,
                                     .units = order->edit.quantity,
                                     .leg_count = order->terms.leg_count,
                                     .edit = order->edit };
        memcpy(sent->legs, order->terms.legs, sizeof sent->legs);
        break;
    }
    case EFFECT_STAGE:
        d->staged++;
        break;
    case EFFECT_REPLACE:
        d->replaced++;
        break;
    case EFFECT_CANCEL:
        d->canceled++;
        break;
    case EFFECT_ORDER:
        on_order(d, effect);
        break;
    case EFFECT_CLOSED:
        MUST(d->closed_count < DESK_KEPT);
        d->closed[d->closed_count++] = *effect->of.trade;
        break;
    case EFFECT_NOTE:
        d->notes[effect->of.note.id]++;
        snprintf(d->last_note, sizeof d->last_note, "%s", effect->of.note.text);
        if (effect->of.note.id == NOTE_GATE || effect->of.note.id == NOTE_SIGNATURE)
            snprintf(d->last_reason, sizeof d->last_reason, "%s", effect->of.note.text);
        break;
    }
}

static enum err after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

static void open_kernel(struct desk *d, uint32_t count, enum fill_model fill,
                        enum fee_schedule fees, bool may_trade, int64_t sign_above)
{
    struct kernel_config config = {
        .strategies = d->strategies,
        .strategy_count = count,
        .strategy_room = count + 3, /* empty places lie before people's own */
        .cash = 100000 * MICROS_PER_DOLLAR,
        .may_trade = may_trade,
        .sign_above = sign_above,
        .risk = d->risk,
        .margin = d->margin,
        .life = d->life,
        .limits = { .book = { DESK_CONTRACTS, 32 }, .trades = 64, .orders = 64, .effects = 1024 }
    };
    CHECK_OK(kernel_open(&d->kernel, &d->arena, &config));
    struct exchange_config venue = exchange_config_default(fill, fees);
    venue.orders = venue.reports = venue.executions = 1024;
    venue.underlyings = DESK_MARKETS;
    venue.contracts = DESK_CONTRACTS;
    exchange_venue_open(&d->venue, &d->exchange, &d->arena, &venue);
    d->watch = (struct runner_watch){ .context = d, .effect = watch, .after = after };
    d->runner = (struct runner){ .kernel = d->kernel, .venue = &d->venue, .watch = &d->watch };
}

static void parse(struct desk *d, const char *const *yaml, uint32_t count)
{
    memset(d, 0, sizeof *d);
    arena_init(&d->arena, "desk", 0);
    CHECK_OK(zone_init());
    MUST(count <= DESK_STRATEGIES);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_OK(
            strategy_parse(&d->strategy[i], &d->arena, "desk.yaml", str_from(yaml[i]), NULL, 0));
        d->strategies[i] = &d->strategy[i];
    }
}

void desk_open_config(struct desk *d, const char *yaml, enum fill_model fill,
                      enum fee_schedule fees, bool may_trade, int64_t sign_above)
{
    parse(d, &yaml, 1);
    open_kernel(d, 1, fill, fees, may_trade, sign_above);
}

void desk_open_many(struct desk *d, const char *const *yaml, uint32_t count, enum fill_model fill)
{
    parse(d, yaml, count);
    open_kernel(d, count, fill, FEES_NONE, true, INT64_MAX);
}

void desk_open_guarded(struct desk *d, const char *yaml, enum fill_model fill,
                       const struct risk_limits *limits, const struct margin_terms *margin)
{
    parse(d, &yaml, 1);
    d->risk = limits;
    d->margin = margin;
    open_kernel(d, 1, fill, FEES_NONE, true, INT64_MAX);
}

void desk_open_life(struct desk *d, const char *yaml, enum fill_model fill, struct kernel_life life)
{
    parse(d, &yaml, 1);
    d->life = life;
    open_kernel(d, 1, fill, FEES_NONE, true, INT64_MAX);
}

struct desk_table *desk_table(struct desk *d)
{
    MUST(d->market < DESK_MARKETS);
    return &d->tables[d->market];
}

void desk_close(struct desk *d)
{
    d->venue.ops->close(d->venue.self);
    arena_clear(&d->arena);
}

struct contract desk_contract(const char *root, int32_t expiry, double strike, char right)
{
    struct occ_symbol symbol = { .expiry = expiry,
                                 .right = right,
                                 .strike_mills = (int32_t)lround(strike * 1000) };
    memcpy(symbol.root, root, strlen(root));
    struct contract contract;
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

void desk_event(struct desk *d, struct event *event)
{
    CHECK_OK(runner_take(&d->runner, event));
}

static int64_t at(const struct desk *d, const char *time)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    return zone_to_ts(ZONE_NEW_YORK, d->day, nanos);
}

static int by_contract(const void *left, const void *right)
{
    return contract_compare(left, right);
}

void desk_day(struct desk *d, int32_t day, const struct contract *contracts, uint32_t count)
{
    MUST(count <= DESK_CONTRACTS);
    struct desk_table *t = desk_table(d);
    d->day = day;
    t->contract_count = count;
    if (count > 0) {
        memmove(t->contracts, contracts, count * sizeof *contracts);
        qsort(t->contracts, count, sizeof *t->contracts, by_contract);
    }
    for (uint32_t i = 0; i < count; i++) {
        t->bid[i] = t->ask[i] = PRICE_NONE;
        t->bid_size[i] = t->ask_size[i] = SIZE_NONE;
    }
    struct event event = { .ts_ns = at(d, "9:30"), .kind = EVENT_SESSION, .underlying = d->market };
    event.of.session = (struct event_session){ .day = day,
                                               .open_ns = at(d, "9:30"),
                                               .close_ns = at(d, d->close ? d->close : "16:00"),
                                               .contracts = t->contracts,
                                               .contract_count = count,
                                               .rate = d->rate };
    desk_event(d, &event);
}

static uint32_t index_of(const struct desk_table *t, const struct contract *contract)
{
    for (uint32_t i = 0; i < t->contract_count; i++)
        if (contract_compare(&t->contracts[i], contract) == 0)
            return i;
    fail_msg("the contract is not listed today");
    return 0;
}

static int64_t micros(double dollars)
{
    return isnan(dollars) ? PRICE_NONE : money_from_dollars(dollars);
}

void desk_quote(struct desk *d, const struct contract *contract, double bid, double ask)
{
    struct desk_table *t = desk_table(d);
    uint32_t i = index_of(t, contract);
    t->bid[i] = micros(bid);
    t->ask[i] = micros(ask);
}

void desk_sizes(struct desk *d, const struct contract *contract, uint32_t bid, uint32_t ask)
{
    struct desk_table *t = desk_table(d);
    uint32_t i = index_of(t, contract);
    t->bid_size[i] = bid;
    t->ask_size[i] = ask;
}

void desk_market(struct desk *d, const char *time, double underlying)
{
    struct desk_table *t = desk_table(d);
    uint32_t ids[DESK_CONTRACTS];
    for (uint32_t i = 0; i < t->contract_count; i++)
        ids[i] = i;
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_MARKET, .underlying = d->market };
    bool quoted = d->stock_spread > 0;
    event.of.market = (struct event_market){
        .underlying = micros(underlying),
        .bid = quoted ? micros(underlying - d->stock_spread / 2) : PRICE_NONE,
        .ask = quoted ? micros(underlying + d->stock_spread / 2) : PRICE_NONE,
        .rows = { .count = t->contract_count,
                  .contract = ids,
                  .bid = t->bid,
                  .ask = t->ask,
                  .bid_size = t->bid_size,
                  .ask_size = t->ask_size },
    };
    desk_event(d, &event);
}

void desk_tick(struct desk *d, const char *time, const struct contract *contract, double bid,
               double ask)
{
    desk_quote(d, contract, bid, ask);
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_QUOTE, .underlying = d->market };
    event.of.quote = (struct event_quote){ .contract = index_of(desk_table(d), contract),
                                           .bid = micros(bid),
                                           .ask = micros(ask),
                                           .bid_size = SIZE_NONE,
                                           .ask_size = SIZE_NONE,
                                           .last = PRICE_NONE };
    desk_event(d, &event);
}

void desk_level(struct desk *d, const char *time, double underlying)
{
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_QUOTE, .underlying = d->market };
    event.of.quote = (struct event_quote){ .contract = QUOTE_UNDERLYING,
                                           .bid = PRICE_NONE,
                                           .ask = PRICE_NONE,
                                           .bid_size = SIZE_NONE,
                                           .ask_size = SIZE_NONE,
                                           .last = micros(underlying) };
    desk_event(d, &event);
}

void desk_timer(struct desk *d, const char *time)
{
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_TIMER };
    desk_event(d, &event);
}

void desk_settle(struct desk *d, const char *time, int32_t expiry, char settle, double price)
{
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_SETTLE, .underlying = d->market };
    event.of.settle = (struct event_settle){ expiry, settle, micros(price), PRICE_OFFICIAL };
    desk_event(d, &event);
}

void desk_dividend(struct desk *d, const char *time, double amount)
{
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_DIVIDEND, .underlying = d->market };
    event.of.dividend.amount = micros(amount);
    desk_event(d, &event);
}

void desk_ask(struct desk *d, const char *time, struct event_command command)
{
    struct event event = { .ts_ns = at(d, time), .kind = EVENT_COMMAND };
    event.of.command = command;
    if (!command.who[0])
        snprintf(event.of.command.who, sizeof event.of.command.who, "tester");
    snprintf(event.of.command.why, sizeof event.of.command.why, "a test");
    desk_event(d, &event);
}

void desk_command(struct desk *d, const char *time, enum command_kind kind)
{
    desk_ask(d, time, (struct event_command){ .kind = kind, .role = BY_TRADER });
}

void desk_day_end(struct desk *d)
{
    struct event event = { .ts_ns = at(d, "23:59"),
                           .kind = EVENT_DAY_END,
                           .underlying = d->market };
    desk_event(d, &event);
}

struct account desk_account(struct desk *d)
{
    struct account account;
    kernel_account(d->kernel, &account);
    return account;
}

double desk_equity(struct desk *d)
{
    return money_to_dollars(desk_account(d).equity);
}

int desk_open_trades(struct desk *d)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    int open = 0;
    for (size_t i = 0; i < slots; i++)
        open += trades[i].state == TRADE_OPEN;
    return open;
}

const struct trade *desk_trade(struct desk *d)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots), *found = NULL;
    CHECK_EQ(desk_open_trades(d), 1);
    for (size_t i = 0; i < slots; i++)
        if (trades[i].state == TRADE_OPEN)
            found = &trades[i];
    return found;
}
