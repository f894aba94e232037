/* What a desk runs: described in the journal's first record, and opened from that description
 * alone. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "services/desk/desk_int.h"

enum { TRADES_MAX = 4096, ORDERS_MAX = DESK_ORDERS_MAX, SLICES_MAX = 1024 };

static const int64_t CASH_DEFAULT = 100000 * MICROS_PER_DOLLAR;
static const char SIMULATED_SYMBOLS[] = "SPY,QQQ,IWM,SPX,VIX";
static const int32_t SIMULATED_FROM = 20250102;

/* ---- strategies ------------------------------------------------------------------------------ */

static void describe_strategy(struct desk *desk, const struct strategy *s, bool is_disarmed,
                              struct entry_strategy *out)
{
    struct buf text = { 0 };
    strategy_format(&text, s);
    *out = (struct entry_strategy){ .name = s->name,
                                    .hash = arena_strdup(&desk->arena, s->hash),
                                    .text = arena_strndup(&desk->arena, text.ptr, text.len),
                                    .is_disarmed = is_disarmed };
    buf_free(&text);
}

enum err desk_parse_strategy(struct desk *desk, const char *name, struct str text,
                             const struct strategy **strategy, struct entry_strategy *entry)
{
    struct strategy *s = arena_new(&desk->arena, struct strategy);
    enum err err = strategy_parse(s, &desk->arena, name, text, NULL, 0);
    if (err)
        return err;
    *strategy = s;
    describe_strategy(desk, s, false, entry);
    return ERR_OK;
}

static enum err load_strategy(struct desk *desk, const struct desk_strategy *wish,
                              struct entry_strategy *out)
{
    struct strategy *s = arena_new(&desk->arena, struct strategy);
    enum err err = wish->text.ptr ? strategy_parse(s, &desk->arena, wish->name, wish->text,
                                                   wish->overrides, wish->override_count)
                                  : strategy_load(s, &desk->arena, wish->name, wish->overrides,
                                                  wish->override_count);
    if (err)
        return err;
    desk->strategies[desk->strategy_count++] = s;
    describe_strategy(desk, s, wish->is_disarmed, out);
    return ERR_OK;
}

static enum err load_strategies(struct desk *desk, struct entry_begin *b)
{
    const struct desk_options *o = &desk->options;
    if (o->strategy_count > DESK_STRATEGIES_MAX)
        return err_set(ERR_RANGE, "%zu strategies; a desk begins with %d at most",
                       o->strategy_count, DESK_STRATEGIES_MAX);
    struct desk_strategy one = { .name = o->strategy,
                                 .overrides = o->overrides,
                                 .override_count = o->override_count };
    size_t count = o->strategy ? 1 : o->strategy_count;
    b->strategies = desk->texts;
    for (size_t i = 0; i < count; i++) {
        enum err err =
            load_strategy(desk, o->strategy ? &one : &o->strategies[i], &b->strategies[i]);
        if (err)
            return err;
        b->strategy_count++;
    }
    return ERR_OK;
}

/* ---- describing ------------------------------------------------------------------------------ */

static const char *first_of(const char *asked, const char *strategys, const char *fallback)
{
    return asked ? asked : strategys && strategys[0] ? strategys : fallback;
}

/* The underlyings of the strategies, each once. */
static const char *symbols_of(struct desk *desk)
{
    struct buf list = { 0 };
    for (uint32_t i = 0; i < desk->strategy_count; i++) {
        bool is_new = true;
        for (uint32_t k = 0; k < i; k++)
            is_new &= strcmp(desk->strategies[k]->underlying, desk->strategies[i]->underlying) != 0;
        if (is_new)
            buf_printf(&list, "%s%s", list.len ? "," : "", desk->strategies[i]->underlying);
    }
    const char *out = arena_strndup(&desk->arena, list.ptr, list.len);
    buf_free(&list);
    return out;
}

enum err desk_describe(struct desk *desk)
{
    const struct desk_options *o = &desk->options;
    struct entry_begin *b = &desk->begin;
    enum err err = load_strategies(desk, b);
    if (err)
        return err;
    const struct strategy *s = desk->strategy_count ? desk->strategies[0] : NULL;
    bool is_simulated = o->feed == DESK_SIMULATED;
    if (!is_simulated && !o->symbols && !s)
        return err_set(ERR_USAGE, "a desk without a strategy needs symbols");
    /* Another folder may be the current one next time. */
    char full[PATH_MAX];
    const char *store = o->feed != DESK_STORED ? "" : realpath(o->store, full) ? full : o->store;
    b->program = "ironfly " IRONFLY_VERSION;
    b->feed = (uint8_t)o->feed;
    b->symbols = o->symbols           ? arena_strdup(&desk->arena, o->symbols)
                 : is_simulated && !s ? SIMULATED_SYMBOLS
                                      : symbols_of(desk);
    b->store = arena_strdup(&desk->arena, store);
    b->from = is_simulated && !o->from ? SIMULATED_FROM : o->from;
    b->to = o->to;
    b->fill = arena_strdup(&desk->arena, first_of(o->fill, s ? s->fill : NULL, "share"));
    b->fees = arena_strdup(&desk->arena, first_of(o->fees, s ? s->fees : NULL, "ibkr-tiered"));
    b->cash = o->cash                        ? o->cash
              : !s || isnan(s->cash_dollars) ? CASH_DEFAULT
                                             : money_from_dollars(s->cash_dollars);
    b->seed = o->seed;
    b->sign_above = o->sign_above;
    b->timer_ns = o->timer_ns;
    b->has_limits = o->limits != NULL;
    b->has_margin = o->limits && o->margin;
    if (o->limits)
        b->limits = *o->limits;
    if (b->has_margin)
        b->margin = *o->margin;
    return ERR_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err open_strategies(struct desk *desk)
{
    desk->strategy_count = 0;
    for (int i = 0; i < desk->begin.strategy_count; i++) {
        const struct entry_strategy *e = &desk->begin.strategies[i];
        struct entry_strategy again;
        enum err err = desk_parse_strategy(desk, e->name, str_from(e->text),
                                           &desk->strategies[desk->strategy_count], &again);
        if (err)
            return err_add(err, "the strategy in the journal");
        if (strcmp(again.hash, e->hash) != 0)
            return err_set(
                ERR_REFUSED,
                "the strategy in the journal has hash %s, and this program reads it as %s: replay it "
                "with the program that wrote it, %s",
                e->hash, again.hash, desk->begin.program);
        desk->texts[desk->strategy_count++] = *e;
    }
    return ERR_OK;
}

static enum err open_feed(struct desk *desk)
{
    const struct entry_begin *b = &desk->begin;
    switch ((enum desk_feed)b->feed) {
    case DESK_STORED: {
        enum err err = store_open(&desk->store, b->store);
        return err ? err : feed_stored_open(&desk->feed, desk->store, b->symbols, b->from, b->to);
    }
    case DESK_SIMULATED:
        return feed_simulated_open(&desk->feed, b->symbols, b->seed, b->from);
    case DESK_LIVE:
        return feed_live_open(&desk->feed, b->symbols, &desk->options);
    }
    return err_set(ERR_UNSUPPORTED, "a desk of feed %u is not known to this program", b->feed);
}

static enum err open_kernel(struct desk *desk)
{
    const struct entry_begin *b = &desk->begin;
    char names[DESK_MARKETS_MAX][DESK_SYMBOL_BYTES];
    const char *underlyings[DESK_MARKETS_MAX];
    bool disarmed[DESK_STRATEGIES_MAX];
    for (uint32_t i = 0; i < desk->strategy_count; i++)
        disarmed[i] = desk->texts[i].is_disarmed;
    enum err err = desk_symbols_parse(names, &desk->market_count, b->symbols);
    if (err)
        return err;
    for (uint32_t i = 0; i < desk->market_count; i++)
        underlyings[i] = names[i];
    for (uint32_t i = 0; i < desk->strategy_count; i++) {
        uint32_t k = 0;
        while (k < desk->market_count && strcmp(names[k], desk->strategies[i]->underlying) != 0)
            k++;
        if (k == desk->market_count)
            return err_set(ERR_USAGE, "strategy %s trades %s, and the desk's symbols are %s",
                           desk->strategies[i]->name, desk->strategies[i]->underlying, b->symbols);
    }
    struct kernel_config config = {
        .strategies = desk->strategies,
        .strategy_count = desk->strategy_count,
        .disarmed = disarmed,
        .strategy_room = DESK_STRATEGIES_MAX,
        .underlyings = underlyings,
        .underlying_count = desk->market_count,
        .cash = b->cash,
        .may_trade = true,
        .sign_above = b->sign_above ? b->sign_above : INT64_MAX,
        .risk = b->has_limits ? &b->limits : NULL,
        .margin = b->has_margin ? &b->margin : NULL,
        .limits = { .book = { .contracts = desk->feed.contracts_max, .slices = SLICES_MAX },
                    .trades = TRADES_MAX,
                    .orders = ORDERS_MAX,
                    .effects = kernel_effects_needed(TRADES_MAX, ORDERS_MAX) },
    };
    return kernel_open(&desk->kernel, &desk->arena, &config);
}

enum err desk_open_run(struct desk *desk)
{
    const struct entry_begin *b = &desk->begin;
    enum fill_model fill;
    enum fee_schedule fees;
    enum err err = open_strategies(desk);
    if (!err)
        err = fill_model_parse(&fill, str_from(b->fill));
    if (!err)
        err = fee_schedule_parse(str_from(b->fees), &fees);
    if (!err)
        err = open_feed(desk);
    if (!err)
        err = open_kernel(desk);
    if (err)
        return err;
    struct exchange_config venue = exchange_config_default(fill, fees);
    venue.seed = b->seed;
    venue.contracts = desk->feed.contracts_max;
    venue.underlyings = desk->market_count;
    venue.orders = 2 * ORDERS_MAX;
    exchange_venue_open(&desk->venue, &desk->exchange, &desk->arena, &venue);
    return ERR_OK;
}

void desk_close_run(struct desk *desk)
{
    if (desk->feed.ops)
        desk->feed.ops->close(desk->feed.self);
    if (desk->venue.ops)
        desk->venue.ops->close(desk->venue.self);
    store_close(desk->store);
}
