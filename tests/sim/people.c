/* What people and agents ask while the market runs: whatever the desk lets one ask for, sensible or
 * not. */
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "tests/sim/sim.h"

static int64_t price_near(struct rng *rng, double worth, double spread)
{
    return money_round(money_from_dollars(worth + spread * rng_normal(rng)), 100000);
}

static void manual_stock(struct rng *rng, const struct book *book, struct order_terms *terms)
{
    int64_t side = rng_below(rng, 2) ? 1 : -1;
    order_terms_stock(terms, side);
    terms->edit.quantity = 1 + (int64_t)rng_below(rng, 200);
    if (terms->edit.type == ORDER_LIMIT)
        terms->edit.net_price = side * price_near(rng, money_to_dollars(book->underlying), 0.3);
}

static void manual_options(struct sim *sim, struct rng *rng, const struct book *book,
                           struct order_terms *terms)
{
    uint32_t a = (uint32_t)rng_below(rng, book->contract_count);
    uint32_t b = (a + 2) % book->contract_count; /* the same right, the next strike, mostly */
    int64_t side = rng_below(rng, 2) ? 1 : -1;
    order_terms_option(terms, &book->contracts[a], side);
    if (rng_below(rng, 2))
        order_terms_option(terms, &book->contracts[b], -side);
    terms->edit.quantity = 1 + (int64_t)rng_below(rng, 6);
    double worth = 0, level = money_to_dollars(book->underlying);
    for (int i = 0; i < terms->leg_count; i++)
        worth += (double)terms->legs[i].ratio *
                 world_fair(&sim->world, &terms->legs[i].contract, book->day, level);
    if (terms->edit.type == ORDER_LIMIT)
        terms->edit.net_price =
            price_near(rng, worth, terms->underlying_index == SIM_INDEX ? 2 : 0.4);
}

/* All or a part of what a trade holds, the other way round; now and then more than it holds. */
static bool manual_reducing(struct rng *rng, const struct trade *trade, struct order_terms *terms)
{
    int64_t most = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity || rng_below(rng, 4) == 0)
            continue;
        int64_t side = leg->quantity > 0 ? -1 : 1;
        if (leg->is_stock)
            order_terms_stock(terms, side);
        else
            order_terms_option(terms, &leg->contract, side);
        most = llabs(leg->quantity) > most ? llabs(leg->quantity) : most;
    }
    terms->edit.type = ORDER_MARKET;
    terms->edit.quantity = 1 + (int64_t)rng_below(rng, (uint64_t)most + 1);
    terms->trade_id = trade->id;
    return terms->leg_count == 1 ||
           (terms->leg_count > 1 && !terms->legs[0].is_stock && !terms->legs[1].is_stock);
}

static const struct trade *any_trade(struct sim *sim, struct rng *rng)
{
    size_t slots, from;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    from = slots ? rng_below(rng, slots) : 0;
    for (size_t i = 0; i < slots; i++) {
        const struct trade *trade = &trades[(from + i) % slots];
        if (trade->state == TRADE_OPEN)
            return trade;
    }
    return NULL;
}

static void manual_terms(struct sim *sim, struct rng *rng, struct order_terms *terms,
                         uint64_t *trade_id)
{
    const struct trade *trade = rng_below(rng, 4) == 0 ? any_trade(sim, rng) : NULL;
    uint32_t market = sim->world.has_stock && rng_below(rng, 5) < 2 ? SIM_STOCK : SIM_INDEX;
    if (trade)
        market = kernel_market_find(desk_kernel(sim->desk),
                                    kernel_underlying(desk_kernel(sim->desk), trade));
    const struct book *book = kernel_book(desk_kernel(sim->desk), market);
    order_terms_init(terms);
    memcpy(terms->underlying, market == SIM_INDEX ? "SPX" : "XYZ", 4);
    terms->underlying_index = market;
    static const enum order_tif tifs[] = { ORDER_DAY, ORDER_DAY, ORDER_GTC, ORDER_IOC, ORDER_FOK };
    terms->edit.type = rng_below(rng, 3) ? ORDER_LIMIT : ORDER_MARKET;
    terms->edit.tif = tifs[rng_below(rng, ARRAY_COUNT(tifs))];
    if (rng_below(rng, 8) == 0) /* what one of them fills the others no longer may */
        terms->links = (struct order_links){ .group = 1 + rng_below(rng, 3),
                                             .kind = GROUP_OCO,
                                             .role = ROLE_MEMBER };
    *trade_id = 0;
    if (trade && manual_reducing(rng, trade, terms)) {
        *trade_id = trade->id;
        return;
    }
    terms->leg_count = 0;
    if (market == SIM_STOCK && rng_below(rng, 3) == 0)
        manual_stock(rng, book, terms);
    else
        manual_options(sim, rng, book, terms);
}

/* Now and then a way out along with it, mostly on the right side of its price. */
static bool some_exits(struct rng *rng, const struct order_terms *terms, struct order_exits *exits)
{
    if (rng_below(rng, 4))
        return false;
    int64_t even = terms->edit.net_price == PRICE_NONE ? 0 : -terms->edit.net_price, step = 100000;
    exits->target =
        rng_below(rng, 4) ? even - step * (int64_t)(1 + rng_below(rng, 12)) : PRICE_NONE;
    exits->stop = rng_below(rng, 4) ? even + step * ((int64_t)rng_below(rng, 13) - 1) : PRICE_NONE;
    return true;
}

static const struct order_state *any_order(struct sim *sim, struct rng *rng)
{
    const struct order_set *set = kernel_orders(desk_kernel(sim->desk));
    uint32_t count = order_set_open_count(set);
    const struct order_state *order = count ? order_set_first_open(set) : NULL;
    for (uint64_t skip = count ? rng_below(rng, count) : 0; skip > 0 && order; skip--)
        order = order_set_next(set, order);
    return order;
}

static void about_an_order(struct rng *rng, const struct order_state *order,
                           struct event_command *c, struct order_edit *edit)
{
    bool waits = order->phase == ORDER_AWAITING_SIGNATURE;
    c->kind = waits ? (rng_below(rng, 2) ? COMMAND_APPROVE : COMMAND_DENY)
                    : (rng_below(rng, 2) ? COMMAND_CANCEL : COMMAND_REPLACE);
    c->order_id = order->id;
    *edit = order->edit;
    if (edit->net_price != PRICE_NONE)
        edit->net_price += 100000 * ((int64_t)rng_below(rng, 7) - 3);
    if (rng_below(rng, 3) == 0)
        edit->quantity = 1 + (int64_t)rng_below(rng, 8);
    c->edit = edit;
}

/* Another limit for a while, by whoever asks: most of those may not. */
static void about_a_limit(struct sim *sim, struct rng *rng, int64_t ts_ns, struct event_command *c)
{
    static const enum risk_limit limits[] = { RISK_SERIES_CONTRACTS, RISK_TRADE_LOSS,
                                              RISK_UNDERLYING_LOSS,  RISK_DAY_LOSS,
                                              RISK_ONLY_REDUCE,      RISK_LIQUIDATE_LOSS,
                                              RISK_QUOTE_AGE,        RISK_MARGIN_USE };
    c->kind = rng_below(rng, 3) ? COMMAND_OVERRIDE : COMMAND_REVOKE;
    c->limit = limits[rng_below(rng, ARRAY_COUNT(limits))];
    int64_t value = sim->risk.at[c->limit];
    c->value =
        value == RISK_OFF ? 100000 : value / 2 + (int64_t)rng_below(rng, 2 * (uint64_t)value + 2);
    c->until_ns = ts_ns + (int64_t)rng_below(rng, 300) * NANOS_PER_MINUTE - 30 * NANOS_PER_MINUTE;
}

static void about_the_state(struct rng *rng, struct event_command *c)
{
    static const enum command_kind states[] = { COMMAND_REDUCE, COMMAND_HALT,   COMMAND_RESUME,
                                                COMMAND_RESUME, COMMAND_RESUME, COMMAND_FLATTEN,
                                                COMMAND_KILL,   COMMAND_FAULT };
    c->kind = states[rng_below(rng, ARRAY_COUNT(states))];
}

static void about_a_strategy(struct sim *sim, struct rng *rng, struct event_command *c)
{
    uint64_t pick = rng_below(rng, 8);
    c->kind = pick < 5 ? COMMAND_ARM : pick < 7 ? COMMAND_DISARM : COMMAND_CONFIDENCE;
    c->host = (uint32_t)rng_below(rng, sim->strategy_count + 1); /* one of them is not there */
    c->value = (int64_t)rng_below(rng, 1000001);
}

bool people_ask(struct sim *sim, int64_t ts_ns, struct event *out, struct order_terms *terms,
                struct order_edit *edit, struct order_exits *exits)
{
    struct rng *rng = &sim->rng;
    for (uint32_t m = 0; m < kernel_market_count(desk_kernel(sim->desk)); m++) {
        const struct book *book = kernel_book(desk_kernel(sim->desk), m);
        if (!book->contract_count || book->underlying == PRICE_NONE)
            return false;
    }
    if (!sim_chance(rng, 300000))
        return false;
    *out = (struct event){ .ts_ns = ts_ns, .kind = EVENT_COMMAND };
    struct event_command *c = &out->of.command;
    c->role = (enum command_role)rng_below(rng, 4);
    memcpy(c->who, "somebody", 9);
    memcpy(c->why, "the simulation", 15);
    const struct order_state *order = any_order(sim, rng);
    const struct trade *trade = any_trade(sim, rng);
    uint64_t pick = rng_below(rng, 100);
    if (pick < 43) {
        c->kind = COMMAND_PLACE;
        manual_terms(sim, rng, terms, &c->trade_id);
        c->terms = terms;
        c->exits = some_exits(rng, terms, exits) ? exits : NULL;
    } else if (pick < 72 && order) {
        about_an_order(rng, order, c, edit);
    } else if (pick < 77 && trade) {
        c->kind = COMMAND_CLOSE;
        c->trade_id = trade->id;
    } else if (pick < 87) {
        about_the_state(rng, c);
    } else if (pick < 94) {
        about_a_limit(sim, rng, ts_ns, c);
    } else {
        about_a_strategy(sim, rng, c);
    }
    return true;
}
