/* What a desk runs: described in the journal's first record, and opened from that description
 * alone. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "services/desk/desk_int.h"

enum { TRADES_MAX = 4096, ORDERS_MAX = 1024, SLICES_MAX = 1024 };

static const int64_t CASH_DEFAULT = 100000 * MICROS_PER_DOLLAR;

static const char *first_of(const char *asked, const char *strategys, const char *fallback)
{
    return asked ? asked : strategys[0] ? strategys : fallback;
}

enum err desk_describe(struct desk *desk)
{
    const struct desk_options *o = desk->options;
    struct strategy *s = arena_new(desk->arena, struct strategy);
    enum err err = strategy_load(s, desk->arena, o->strategy, o->overrides, o->override_count);
    if (err)
        return err;
    struct buf text = { 0 };
    strategy_format(&text, s);
    /* Another folder may be the current one next time. */
    char full[PATH_MAX];
    const char *store = realpath(o->store, full) ? full : o->store;
    desk->begin = (struct entry_begin){
        .program = "ironfly " IRONFLY_VERSION,
        .strategy_name = s->name,
        .strategy_hash = arena_strdup(desk->arena, s->hash),
        .strategy_text = arena_strndup(desk->arena, text.ptr, text.len),
        .underlying = s->underlying,
        .store = arena_strdup(desk->arena, store),
        .from = o->from,
        .to = o->to,
        .fill = first_of(o->fill, s->fill, "share"),
        .fees = first_of(o->fees, s->fees, "ibkr-tiered"),
        .cash = o->cash                  ? o->cash
                : isnan(s->cash_dollars) ? CASH_DEFAULT
                                         : money_from_dollars(s->cash_dollars),
        .seed = o->seed,
    };
    buf_free(&text);
    return ERR_OK;
}

static enum err open_strategy(struct desk *desk)
{
    desk->strategy = arena_new(desk->arena, struct strategy);
    enum err err = strategy_parse(desk->strategy, desk->arena, desk->begin.strategy_name,
                                  str_from(desk->begin.strategy_text), NULL, 0);
    if (err)
        return err_add(err, "the strategy in the journal");
    if (strcmp(desk->strategy->hash, desk->begin.strategy_hash) != 0)
        return err_set(
            ERR_REFUSED,
            "the strategy in the journal has hash %s, and this program reads it as %s: replay it "
            "with the program that wrote it, %s",
            desk->begin.strategy_hash, desk->strategy->hash, desk->begin.program);
    return ERR_OK;
}

static enum err open_kernel(struct desk *desk)
{
    const struct strategy *const strategies[] = { desk->strategy };
    struct kernel_config config = {
        .strategies = strategies,
        .strategy_count = 1,
        .cash = desk->begin.cash,
        .may_trade = true,
        .sign_above = INT64_MAX,
        .limits = { .book = { .contracts = desk->info.contracts_max ? desk->info.contracts_max : 1,
                              .slices = SLICES_MAX },
                    .trades = TRADES_MAX,
                    .orders = ORDERS_MAX,
                    .effects = kernel_effects_needed(TRADES_MAX, ORDERS_MAX) },
    };
    return kernel_open(&desk->kernel, desk->arena, &config);
}

enum err desk_open_run(struct desk *desk)
{
    const struct entry_begin *b = &desk->begin;
    enum fill_model fill;
    enum fee_schedule fees;
    enum err err = open_strategy(desk);
    if (!err)
        err = fill_model_parse(&fill, str_from(b->fill));
    if (!err)
        err = fee_schedule_parse(str_from(b->fees), &fees);
    if (!err)
        err = store_open(&desk->store, b->store);
    if (!err)
        err = store_feed_open(&desk->feed, &desk->info, desk->arena, desk->store, b->underlying,
                              b->from, b->to);
    if (!err)
        err = open_kernel(desk);
    if (err)
        return err;
    struct exchange_config venue = exchange_config_default(fill, fees);
    venue.seed = b->seed;
    venue.contracts = desk->info.contracts_max ? desk->info.contracts_max : 1;
    venue.orders = 2 * ORDERS_MAX;
    struct exchange *exchange;
    exchange_venue_open(&desk->venue, &exchange, desk->arena, &venue);
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
