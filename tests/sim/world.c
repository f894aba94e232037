/* The market of a seed, all of it made before it begins: an index, and in half of the seeds a stock
 * beside it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/types/calendar.h"
#include "tests/sim/sim.h"

static const int32_t days[SIM_DAYS] = { 20240103, 20240104, 20240105 };
static const int64_t stock_strikes[] = { 92, 96, 100, 104, 108 };

static int by_contract(const void *a, const void *b)
{
    return contract_compare(a, b);
}

static void list_add(struct world *w, uint32_t market, int day, const struct contract *contract,
                     double spot_share)
{
    uint32_t n = w->contract_count[market][day]++;
    MUST(n < SIM_CONTRACTS);
    w->contracts[market][day][n] = *contract;
    if (spot_share != 1)
        w->adjusted_share = spot_share;
}

/* Today's expiry and the next ones', eight strikes of calls and puts, wide enough to walk in. */
static void list_index(struct world *w, int day)
{
    struct contract c = {
        .root = "SPXW", .multiplier = 100, .style = 'E', .settle = 'p', .delivery = 'c'
    };
    for (int e = day; e < day + 3; e++) {
        c.expiry = e < SIM_DAYS ? days[e] : 20240108 + (e - SIM_DAYS);
        for (int i = 0; i < 16; i++) {
            c.strike_mills = (4930 + 20 * (i / 2)) * 1000;
            c.right = i % 2 ? OPTION_PUT : OPTION_CALL;
            list_add(w, SIM_INDEX, day, &c, 1);
        }
    }
}

/* American, delivered in shares, of two Fridays. After a split the old ones, adjusted, and
 * ordinary ones beside them where those are others. */
static void list_stock(struct world *w, int day)
{
    bool is_split = w->split_to && day == SIM_DAYS - 1;
    struct contract c = {
        .root = "XYZ", .multiplier = 100, .style = 'A', .settle = 'p', .delivery = 's'
    };
    for (int i = 0; i < 20; i++) {
        c.expiry = i % 2 ? 20240112 : 20240105;
        c.right = i / 2 % 2 ? OPTION_PUT : OPTION_CALL;
        c.strike_mills = (int32_t)stock_strikes[i / 4] * 1000;
        struct adjusted lot = { c, deliverable_standard(&c), 1 };
        if (is_split)
            MUST(adjust_split(&lot, w->split_to, w->split_from) == ERR_OK);
        list_add(w, SIM_STOCK, day, &lot.contract,
                 (double)lot.deliverable.shares / lot.contract.multiplier);
        if (!is_split || !memcmp(lot.contract.root, c.root, sizeof c.root))
            continue;
        double level = (double)stock_strikes[i / 4] * (double)w->split_from / w->split_to;
        c.strike_mills = (int32_t)lround(level) * 1000;
        list_add(w, SIM_STOCK, day, &c, 1);
    }
}

double world_fair(const struct world *w, const struct contract *c, int32_t day, double level)
{
    bool is_index = c->style == STYLE_EUROPEAN, is_adjusted = !is_index && c->root[3] == '1';
    double spot = is_adjusted ? level * w->adjusted_share : level;
    double strike = c->strike_mills / 1000.0, each = is_index ? 18 : 0.015 * spot;
    double width = each * sqrt(date_diff(c->expiry, day) + 0.4);
    double gain = c->right == OPTION_CALL ? spot - strike : strike - spot;
    return fmax(gain, 0) + 0.4 * width * exp(-fabs(gain) / width);
}

static int64_t step_price(double dollars, bool up)
{
    int64_t micros = money_from_dollars(dollars), step = micros < 3000000 ? 50000 : 100000;
    return up ? money_ceil(micros, step) : money_floor(micros, step);
}

/* A quote, and now and then a broken one: a side missing, crossed, zero. */
static void quote(struct rng *rng, double worth, int64_t *bid, int64_t *ask, uint32_t *bid_size,
                  uint32_t *ask_size)
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

static struct tape_event *next(struct world *w, uint32_t market, int64_t ts_ns,
                               enum event_kind kind)
{
    MUST(w->count < SIM_TAPE);
    struct tape_event *t = &w->tape[w->count++];
    t->event.ts_ns = ts_ns;
    t->event.kind = kind;
    t->event.underlying = market;
    return t;
}

static int64_t cents(double dollars)
{
    return money_from_dollars(round(dollars * 100) / 100);
}

static void snapshot(struct world *w, struct rng *rng, uint32_t market, int day, int64_t ts_ns,
                     double level)
{
    struct tape_event *t = next(w, market, ts_ns, EVENT_MARKET);
    uint32_t n = w->contract_count[market][day];
    for (uint32_t i = 0; i < n; i++) {
        t->ids[i] = i;
        quote(rng, world_fair(w, &w->contracts[market][day][i], days[day], level), &t->bid[i],
              &t->ask[i], &t->bid_size[i], &t->ask_size[i]);
    }
    bool has_sides = market == SIM_STOCK && rng_below(rng, 10);
    t->event.of.market =
        (struct event_market){ .underlying = cents(level),
                               .bid = has_sides ? cents(level) - 10000 : PRICE_NONE,
                               .ask = has_sides ? cents(level) + 20000 : PRICE_NONE,
                               .rows = { .count = n,
                                         .contract = t->ids,
                                         .bid = t->bid,
                                         .ask = t->ask,
                                         .bid_size = t->bid_size,
                                         .ask_size = t->ask_size } };
}

static void one_quote(struct world *w, struct rng *rng, uint32_t market, int day, int64_t ts_ns,
                      double level)
{
    struct tape_event *t = next(w, market, ts_ns, EVENT_QUOTE);
    uint32_t i = (uint32_t)rng_below(rng, w->contract_count[market][day]);
    struct event_quote q = { .contract = i, .last = PRICE_NONE };
    quote(rng, world_fair(w, &w->contracts[market][day][i], days[day], level), &q.bid, &q.ask,
          &q.bid_size, &q.ask_size);
    t->event.of.quote = q;
}

static void session(struct world *w, uint32_t market, int day, int64_t open, int64_t close)
{
    next(w, market, open, EVENT_SESSION)->event.of.session =
        (struct event_session){ .day = days[day],
                                .open_ns = open,
                                .close_ns = close,
                                .contracts = w->contracts[market][day],
                                .contract_count = w->contract_count[market][day],
                                .rate = 0.05 };
}

/* Both clocks go alike, until somebody sets the wall's. */
static void timer(struct world *w, struct rng *rng, int64_t ts_ns)
{
    if (w->jumps && rng_below(rng, 40) == 0)
        w->wall_off_ns += (int64_t)rng_below(rng, 20) * NANOS_PER_SECOND - 10 * NANOS_PER_SECOND;
    next(w, SIM_INDEX, ts_ns, EVENT_TIMER)->event.of.timer =
        (struct event_timer){ .wall_ns = ts_ns + w->wall_off_ns,
                              .steady_ns = ts_ns - w->tape[0].event.ts_ns + 1 };
}

/* Two sources disagree, or none has a line: for a while nobody stands behind the quotes. Told again
 * while it lasts. */
static void doubts(struct world *w, struct rng *rng, uint32_t market, int64_t ts_ns, double level,
                   bool is_doubted)
{
    struct event_feed *feed = &next(w, market, ts_ns, EVENT_FEED)->event.of.feed;
    bool is_told = rng_below(rng, 3) != 0;
    double off = 1 + 0.004 * rng_normal(rng);
    *feed = (struct event_feed){ .is_doubted = is_doubted,
                                 .here = is_told ? cents(level) : PRICE_NONE,
                                 .there = is_told ? cents(level * off) : PRICE_NONE,
                                 .why = "disputed" };
}

/* Before the bell: what the shares become and what they pay. The truth is told all that is open
 * first. */
static void morning(struct world *w, int day, int64_t open, double *level)
{
    if (w->split_to && day == SIM_DAYS - 1) {
        next(w, SIM_STOCK, open - 60 * NANOS_PER_MINUTE, EVENT_SPLIT)->event.of.split =
            (struct event_split){ w->split_to, w->split_from };
        *level *= (double)w->split_from / w->split_to;
    }
    if (w->dividend && day == 1) {
        next(w, SIM_STOCK, open - 40 * NANOS_PER_MINUTE, EVENT_DIVIDEND)->event.of.dividend.amount =
            w->dividend;
        *level -= money_to_dollars(w->dividend);
    }
}

static void one_day(struct world *w, struct rng *rng, int day, double level[SIM_MARKETS])
{
    int64_t open = zone_to_ts(ZONE_NEW_YORK, days[day], TIME_OF_DAY(9, 30));
    int64_t close = zone_to_ts(ZONE_NEW_YORK, days[day], TIME_OF_DAY(16, 0));
    uint32_t markets = w->has_stock ? 2 : 1;
    int gap = w->has_gap ? 4 + (int)rng_below(rng, 12) : 99,
        halt = w->has_halt ? 1 + (int)rng_below(rng, 14) : 99;
    list_index(w, day);
    if (w->has_stock) {
        list_stock(w, day);
        morning(w, day, open, &level[SIM_STOCK]);
    }
    for (uint32_t m = 0; m < markets; m++) {
        qsort(w->contracts[m][day], w->contract_count[m][day], sizeof w->contracts[m][day][0],
              by_contract);
        session(w, m, day, open, close);
    }
    if (w->dividend && day == 0)
        next(w, SIM_STOCK, open, EVENT_DECLARE)->event.of.declare =
            (struct event_declare){ days[1], w->dividend };
    uint32_t halted = (uint32_t)rng_below(rng, markets),
             doubted = (uint32_t)rng_below(rng, markets);
    int doubt = w->has_doubts ? 1 + (int)rng_below(rng, 16) : 99;
    for (int i = 1; i <= 20; i++) {
        int64_t ts_ns = open + i * (close - open) / 21;
        level[SIM_INDEX] =
            fmin(5060, fmax(4940, level[SIM_INDEX] * exp(w->swing * rng_normal(rng))));
        level[SIM_STOCK] *= exp(3 * w->swing * rng_normal(rng));
        uint32_t first = w->count;
        if (i < gap || i >= gap + 5) {
            snapshot(w, rng, SIM_INDEX, day, ts_ns, level[SIM_INDEX]);
            for (uint64_t q = rng_below(rng, 6), n = 0; n < q; n++)
                one_quote(w, rng, SIM_INDEX, day, ts_ns + (int64_t)(n + 1) * 20 * NANOS_PER_SECOND,
                          level[SIM_INDEX]);
            if (w->has_stock && i % 2) {
                snapshot(w, rng, SIM_STOCK, day, ts_ns + 150 * NANOS_PER_SECOND, level[SIM_STOCK]);
                one_quote(w, rng, SIM_STOCK, day, ts_ns + 170 * NANOS_PER_SECOND, level[SIM_STOCK]);
            }
        }
        if (i >= doubt && i < doubt + 4)
            doubts(w, rng, doubted, ts_ns + 180 * NANOS_PER_SECOND, level[doubted], i < doubt + 3);
        if (i % 3 == 0)
            timer(w, rng, ts_ns + 240 * NANOS_PER_SECOND);
        if (i == halt && w->count > first)
            w->tape[first].halt = (int8_t)(halted + 1), w->tape[first].halt_begins = true;
        if (i == halt + 3 && w->count > first)
            w->tape[first].halt = (int8_t)(halted + 1);
    }
    for (uint32_t m = 0; m < markets; m++)
        if (m == SIM_INDEX || day == SIM_DAYS - 1)
            next(w, m, close + 30 * NANOS_PER_MINUTE, EVENT_SETTLE)->event.of.settle =
                (struct event_settle){ days[day], SETTLE_PM, cents(level[m]), PRICE_OFFICIAL };
    for (uint32_t m = 0; m < markets; m++)
        next(w, m, close + 60 * NANOS_PER_MINUTE, EVENT_DAY_END);
}

void world_make(struct world *w, struct arena *arena, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 0, 1);
    w->tape = arena_array(arena, struct tape_event, SIM_TAPE);
    w->has_stock = seed % 2 == 0;
    w->has_halt = rng_below(&rng, 3) == 0;
    w->has_gap = rng_below(&rng, 6) == 0;
    w->jumps = rng_below(&rng, 3) == 0;
    w->has_doubts = rng_below(&rng, 3) == 0;
    w->swing = rng_below(&rng, 4) ? 0.0016 : 0.004;
    w->adjusted_share = 1;
    static const int32_t splits[][2] = { { 2, 1 }, { 3, 2 }, { 1, 2 }, { 0, 0 }, { 0, 0 } };
    uint64_t split = rng_below(&rng, ARRAY_COUNT(splits));
    w->split_to = w->has_stock ? splits[split][0] : 0;
    w->split_from = splits[split][1];
    w->dividend = w->has_stock && rng_below(&rng, 2)
                      ? (int64_t)(1 + rng_below(&rng, 200)) * MICROS_PER_CENT
                      : 0;
    double level[SIM_MARKETS] = { 5000, 100 };
    for (int day = 0; day < SIM_DAYS; day++)
        one_day(w, &rng, day, level);
}
