/* The market of a seed, all of it made before it begins; and what people ask while it runs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/types/calendar.h"
#include "tests/sim/sim.h"

static const int32_t days[SIM_DAYS] = { 20240103, 20240104, 20240105 };

static struct contract contract_of(int32_t expiry, int32_t strike, char right)
{
    return (struct contract){ .root = "SPXW", .expiry = expiry, .strike_mills = strike * 1000, .multiplier = 100,
                              .right = right, .style = 'E', .settle = 'p', .delivery = 'c' };
}

static int by_contract(const void *a, const void *b)
{
    return contract_compare(a, b);
}

/* Today's expiry and the next ones', eight strikes from 4900 to 4935 by fives... wide enough to walk in. */
static void list(struct world *w, int day)
{
    uint32_t n = 0;
    for (int e = day; e < day + 3; e++) {
        int32_t expiry = e < SIM_DAYS ? days[e] : 20240108 + (e - SIM_DAYS);
        for (int i = 0; i < 8; i++) {
            w->contracts[day][n++] = contract_of(expiry, 4930 + 20 * i, 'C');
            w->contracts[day][n++] = contract_of(expiry, 4930 + 20 * i, 'P');
        }
    }
    MUST(n <= SIM_CONTRACTS);
    qsort(w->contracts[day], n, sizeof *w->contracts[day], by_contract);
    w->contract_count[day] = n;
}

static double fair(const struct contract *c, int32_t day, double level)
{
    double strike = c->strike_mills / 1000.0, width = 18 * sqrt(date_diff(c->expiry, day) + 0.4);
    double gain = c->right == OPTION_CALL ? level - strike : strike - level;
    return fmax(gain, 0) + 0.4 * width * exp(-fabs(gain) / width);
}

static int64_t step_price(double dollars, bool up)
{
    int64_t micros = money_from_dollars(dollars), step = micros < 3000000 ? 50000 : 100000;
    return up ? money_ceil(micros, step) : money_floor(micros, step);
}

/* A quote, and now and then a broken one: a side missing, crossed, zero. */
static void quote(struct rng *rng, double worth, int64_t *bid, int64_t *ask, uint32_t *bid_size, uint32_t *ask_size)
{
    double half = 0.02 + 0.03 * worth * rng_uniform(rng);
    *bid = worth > half ? step_price(worth - half, false) : 0;
    *ask = step_price(worth + half, true);
    if (*ask <= 0)
        *ask = 50000;
    *bid_size = (uint32_t)rng_below(rng, 30);
    *ask_size = (uint32_t)rng_below(rng, 30);
    uint64_t luck = rng_below(rng, 100);
    if (luck < 2)
        *bid = PRICE_NONE;
    else if (luck < 4)
        *ask = PRICE_NONE;
    else if (luck < 5)
        *bid = *ask + 50000;
}

static struct tape_event *next(struct world *w, int64_t ts_ns, enum event_kind kind)
{
    MUST(w->count < SIM_TAPE);
    struct tape_event *t = &w->tape[w->count++];
    t->event.ts_ns = ts_ns;
    t->event.kind = kind;
    return t;
}

static void snapshot(struct world *w, struct rng *rng, int day, int64_t ts_ns, double level)
{
    struct tape_event *t = next(w, ts_ns, EVENT_MARKET);
    uint32_t n = w->contract_count[day];
    for (uint32_t i = 0; i < n; i++) {
        t->ids[i] = i;
        quote(rng, fair(&w->contracts[day][i], days[day], level), &t->bid[i], &t->ask[i], &t->bid_size[i],
              &t->ask_size[i]);
    }
    t->event.of.market = (struct event_market){ .underlying = money_from_dollars(round(level * 100) / 100),
                                                .bid = PRICE_NONE,
                                                .ask = PRICE_NONE,
                                                .rows = { .count = n,
                                                          .contract = t->ids,
                                                          .bid = t->bid,
                                                          .ask = t->ask,
                                                          .bid_size = t->bid_size,
                                                          .ask_size = t->ask_size } };
}

static void one_quote(struct world *w, struct rng *rng, int day, int64_t ts_ns, double level)
{
    struct tape_event *t = next(w, ts_ns, EVENT_QUOTE);
    uint32_t i = (uint32_t)rng_below(rng, w->contract_count[day]);
    struct event_quote q = { .contract = i, .last = PRICE_NONE };
    quote(rng, fair(&w->contracts[day][i], days[day], level), &q.bid, &q.ask, &q.bid_size, &q.ask_size);
    t->event.of.quote = q;
}

void world_make(struct world *w, struct arena *arena, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 0, 1);
    w->tape = arena_array(arena, struct tape_event, SIM_TAPE);
    double level = 5000;
    for (int day = 0; day < SIM_DAYS; day++) {
        list(w, day);
        int64_t open = zone_to_ts(ZONE_NEW_YORK, days[day], TIME_OF_DAY(9, 30));
        int64_t close = zone_to_ts(ZONE_NEW_YORK, days[day], TIME_OF_DAY(16, 0));
        next(w, open, EVENT_SESSION)->event.of.session = (struct event_session){ .day = days[day],
                                                                                 .open_ns = open,
                                                                                 .close_ns = close,
                                                                                 .contracts = w->contracts[day],
                                                                                 .contract_count = w->contract_count[day],
                                                                                 .rate = 0.05 };
        for (int i = 1; i <= 20; i++) {
            int64_t ts_ns = open + i * (close - open) / 21;
            level *= exp(0.0016 * rng_normal(&rng));
            level = fmin(5060, fmax(4940, level));
            snapshot(w, &rng, day, ts_ns, level);
            for (uint64_t q = rng_below(&rng, 6), n = 0; n < q; n++)
                one_quote(w, &rng, day, ts_ns + (int64_t)(n + 1) * 20 * NANOS_PER_SECOND, level);
        }
        next(w, close + 30 * NANOS_PER_MINUTE, EVENT_SETTLE)->event.of.settle =
            (struct event_settle){ days[day], SETTLE_PM, money_from_dollars(round(level * 100) / 100), PRICE_OFFICIAL };
        next(w, close + 60 * NANOS_PER_MINUTE, EVENT_DAY_END);
    }
}

/* ---- people */

static void manual_terms(struct sim *sim, struct rng *rng, struct order_terms *terms)
{
    const struct book *book = kernel_book(desk_kernel(sim->desk), 0);
    order_terms_init(terms);
    memcpy(terms->underlying, "SPX", 4);
    uint32_t a = (uint32_t)rng_below(rng, book->contract_count);
    uint32_t b = (a + 2) % book->contract_count; /* the same right, the next strike, mostly */
    int64_t side = rng_below(rng, 2) ? 1 : -1;
    order_terms_option(terms, &book->contracts[a], side);
    if (rng_below(rng, 2))
        order_terms_option(terms, &book->contracts[b], -side);
    terms->edit.quantity = 1 + (int64_t)rng_below(rng, 6);
    terms->edit.type = rng_below(rng, 3) ? ORDER_LIMIT : ORDER_MARKET;
    static const enum order_tif tifs[] = { ORDER_DAY, ORDER_DAY, ORDER_GTC, ORDER_IOC, ORDER_FOK };
    terms->edit.tif = tifs[rng_below(rng, ARRAY_COUNT(tifs))];
    double worth = 0;
    for (int i = 0; i < terms->leg_count; i++)
        worth += (double)terms->legs[i].ratio * fair(&terms->legs[i].contract, book->day, money_to_dollars(book->underlying));
    if (terms->edit.type == ORDER_LIMIT)
        terms->edit.net_price = money_round(money_from_dollars(worth + 2 * rng_normal(rng)), 100000);
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

bool world_command(struct sim *sim, int64_t ts_ns, struct event *out, struct order_terms *terms, struct order_edit *edit)
{
    struct rng *rng = &sim->rng;
    const struct book *book = kernel_book(desk_kernel(sim->desk), 0);
    if (!sim_chance(rng, 300000) || !book->contract_count || book->underlying == PRICE_NONE)
        return false;
    *out = (struct event){ .ts_ns = ts_ns, .kind = EVENT_COMMAND };
    struct event_command *c = &out->of.command;
    c->role = (enum command_role)rng_below(rng, 4);
    memcpy(c->who, "somebody", 9);
    memcpy(c->why, "the simulation", 15);
    const struct order_state *order = any_order(sim, rng);
    uint64_t pick = rng_below(rng, 100);
    if (pick < 45) {
        c->kind = COMMAND_PLACE;
        manual_terms(sim, rng, terms);
        c->terms = terms;
    } else if (pick < 75 && order) {
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
    } else if (pick < 90) {
        static const enum command_kind states[] = { COMMAND_REDUCE, COMMAND_HALT, COMMAND_RESUME, COMMAND_RESUME,
                                                    COMMAND_RESUME, COMMAND_FLATTEN, COMMAND_KILL };
        c->kind = states[rng_below(rng, ARRAY_COUNT(states))];
    } else {
        c->kind = rng_below(rng, 3) ? COMMAND_ARM : COMMAND_DISARM;
        c->host = (uint32_t)rng_below(rng, sim->strategy_count);
    }
    return true;
}
