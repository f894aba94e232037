/*
 * The kernel's step for one quote: nobody interested, a few, all of a thousand strategies; and ten
 * million quotes past ten strategies.
 *
 * Guesses before measuring: 60 ns for a quote that nobody holds (hash, book row); 0.5 us with a
 * thousand condors spread over the chain, as ten of them hold a contract at the median; 10 us when
 * all hold it. Wanted: below 200 ns, and below 10 us at the median; ten million quotes in less
 * than 5 s.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "base/rng.h"
#include "base/zone.h"
#include "domain/types/product.h"
#include "kernel/runner.h"

enum { STRIKES = 100, CONTRACTS = 2 * STRIKES, HOSTS = 1000, DAY = 20240102, EXPIRY = 20240202 };

static void must_ok(enum err err)
{
    if (!err)
        return;
    fprintf(stderr, "kernel_bench: %s\n", err_detail());
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct bench {
    struct arena arena;
    struct kernel *kernel;
    struct venue venue;
    struct runner runner;
    struct runner_watch watch;
    struct contract contracts[CONTRACTS];
    int64_t bid[CONTRACTS], ask[CONTRACTS];
    struct rng rng;
    int64_t ts_ns;
    size_t orders;
};

static void count_orders(void *context, const struct effect *effect)
{
    ((struct bench *)context)->orders += effect->kind == EFFECT_SUBMIT;
}

static enum err after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

static void run_event(struct bench *b, struct event *event)
{
    must_ok(runner_take(&b->runner, event));
}

static void price(struct bench *b, uint32_t i, double level)
{
    const struct contract *c = &b->contracts[i];
    double strike = c->strike_mills / 1000.0,
           gain = c->right == 'C' ? level - strike : strike - level;
    double fair = fmax(gain, 0) + 60 * exp(-fabs(gain) / 60) + rng_uniform(&b->rng);
    b->bid[i] = money_from_dollars(floor(fair * 20) / 20);
    b->ask[i] = b->bid[i] + MICROS_PER_CENT * 20;
}

static void list(struct bench *b)
{
    for (uint32_t i = 0; i < CONTRACTS; i++) {
        struct occ_symbol symbol = { .root = "SPXW",
                                     .expiry = EXPIRY,
                                     .right = i % 2 ? 'P' : 'C',
                                     .strike_mills = (int32_t)(4000 + 10 * (i / 2)) * 1000 };
        must_ok(product_contract(&b->contracts[i], &symbol));
        price(b, i, 4500);
    }
}

/* Condors whose strikes lie all over the chain, or all on the same. */
static const struct strategy **condors(struct bench *b, uint32_t count, bool alike)
{
    const struct strategy **all = arena_array(&b->arena, const struct strategy *, count);
    for (uint32_t i = 0; i < count; i++) {
        int near = alike ? 200 : 50 + 10 * (int)(i % 40);
        struct strategy *s = arena_new(&b->arena, struct strategy);
        const char *text = arena_printf(
            &b->arena,
            "ironfly: 1\nname: condor %u\nunderlying: SPX\n"
            "legs:\n"
            "  sp: {sell: put, expiry: {dte: 30, min: 1, max: 60}, strike: %d}\n"
            "  lp: {buy: put, expiry: same as sp, strike: %d}\n"
            "  sc: {sell: call, expiry: same as sp, strike: %d}\n"
            "  lc: {buy: call, expiry: same as sp, strike: %d}\n"
            "entry: {every: daily, max_open: 2, when: vix < 40 and price > %u}\n"
            "exit: {profit: 90%%, loss: 900%%, dte: 5, when: pnl > 100000 or price < 100}\n",
            i, 4500 - near, 4500 - near - 50, 4500 + near, 4500 + near + 50, i);
        must_ok(strategy_parse(s, &b->arena, "bench.yaml", str_from(text), NULL, 0));
        all[i] = s;
    }
    return all;
}

static void open_bench(struct bench *b, uint32_t hosts, bool alike)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, "bench", 1 << 20);
    rng_init(&b->rng, 1, 0, 0);
    struct kernel_config config = { .strategies = condors(b, hosts, alike),
                                    .strategy_count = hosts,
                                    .cash = 10000000 * MICROS_PER_DOLLAR,
                                    .may_trade = true,
                                    .sign_above = INT64_MAX,
                                    .limits = { .book = { CONTRACTS, 8 },
                                                .trades = 2 * HOSTS,
                                                .orders = HOSTS,
                                                .effects =
                                                    kernel_effects_needed(2 * HOSTS, HOSTS) } };
    must_ok(kernel_open(&b->kernel, &b->arena, &config));
    struct exchange_config venue = exchange_config_default(FILL_MID, FEES_NONE);
    struct exchange *exchange;
    exchange_venue_open(&b->venue, &exchange, &b->arena, &venue);
    b->watch = (struct runner_watch){ .context = b, .effect = count_orders, .after = after };
    b->runner = (struct runner){ .kernel = b->kernel, .venue = &b->venue, .watch = &b->watch };
    list(b);
    b->ts_ns = zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(9, 30));
    struct event session = { .ts_ns = b->ts_ns, .kind = EVENT_SESSION };
    session.of.session = (struct event_session){ .day = DAY,
                                                 .open_ns = b->ts_ns,
                                                 .close_ns = b->ts_ns + 390 * NANOS_PER_MINUTE,
                                                 .contracts = b->contracts,
                                                 .contract_count = CONTRACTS,
                                                 .rate = 0.05 };
    run_event(b, &session);
    struct event level = { .ts_ns = b->ts_ns, .kind = EVENT_LEVEL };
    level.of.level = (struct event_level){ .symbol = "VIX", .value = 15 * MICROS_PER_DOLLAR };
    run_event(b, &level);
    uint32_t ids[CONTRACTS];
    for (uint32_t i = 0; i < CONTRACTS; i++)
        ids[i] = i;
    struct event market = { .ts_ns = b->ts_ns + NANOS_PER_MINUTE, .kind = EVENT_MARKET };
    market.of.market = (struct event_market){
        .underlying = 4500 * MICROS_PER_DOLLAR,
        .bid = PRICE_NONE,
        .ask = PRICE_NONE,
        .rows = { .count = CONTRACTS, .contract = ids, .bid = b->bid, .ask = b->ask }
    };
    run_event(b, &market);
    b->ts_ns += NANOS_PER_MINUTE;
    if (b->orders != hosts) {
        fprintf(stderr, "kernel_bench: %zu of %u strategies hold a trade\n", b->orders, hosts);
        exit(1);
    }
}

static void close_bench(struct bench *b)
{
    b->venue.ops->close(b->venue.self);
    arena_clear(&b->arena);
}

static struct event next_quote(struct bench *b, uint32_t id, int64_t apart_ns)
{
    b->ts_ns += apart_ns;
    struct event event = { .ts_ns = b->ts_ns, .kind = EVENT_QUOTE };
    int64_t tick = (int64_t)(b->runner.sequence % 3) * 5 * MICROS_PER_CENT;
    event.of.quote = (struct event_quote){ .contract = id,
                                           .bid = b->bid[id] + tick,
                                           .ask = b->ask[id] + tick,
                                           .bid_size = 10,
                                           .ask_size = 10,
                                           .last = PRICE_NONE };
    if (b->runner.sequence % 10 == 9) {
        event.of.quote = (struct event_quote){ .contract = QUOTE_UNDERLYING,
                                               .bid = PRICE_NONE,
                                               .ask = PRICE_NONE,
                                               .last = 4500 * MICROS_PER_DOLLAR + tick };
    }
    return event;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each step timed alone; the clock itself, some 25 ns, is in. from..to: the contracts that are
 * quoted. */
static void latency(const char *what, struct bench *b, uint32_t from, uint32_t to)
{
    enum { STEPS = 200000 };
    static double took[STEPS];
    for (int i = 0; i < STEPS; i++) {
        uint32_t id = from + (uint32_t)rng_below(&b->rng, to - from);
        struct event event = next_quote(b, id, 50000); /* 20,000 a second */
        double start = now();
        run_event(b, &event);
        took[i] = now() - start;
    }
    qsort(took, STEPS, sizeof *took, by_size);
    printf("%-52s median %6.0f ns, 99 %% %7.0f ns, longest %8.0f ns\n", what, 1e9 * took[STEPS / 2],
           1e9 * took[STEPS * 99 / 100], 1e9 * took[STEPS - 1]);
}

static void throughput(const char *what, struct bench *b, uint32_t from, uint32_t to)
{
    enum { STEPS = 10000000 };
    double start = now();
    for (int i = 0; i < STEPS; i++) {
        uint32_t id = from + (uint32_t)rng_below(&b->rng, to - from);
        struct event event =
            next_quote(b, id, 2000); /* a busy day: 20 s of event time for 10 million */
        run_event(b, &event);
    }
    start = now() - start;
    printf("%-52s %6.2f s for 10 million, %4.0f ns each\n", what, start, 1e9 * start / STEPS);
}

int main(void)
{
    static struct bench b;
    must_ok(zone_init());
    open_bench(&b, 1, true);
    throughput("1 strategy, quotes of contracts it does not hold", &b, 0, 20);
    close_bench(&b);
    open_bench(&b, 10, false);
    throughput("10 strategies, quotes of the whole chain", &b, 0, CONTRACTS);
    close_bench(&b);
    open_bench(&b, 1, true);
    latency("1 strategy, quotes of contracts it does not hold", &b, 0, 20);
    close_bench(&b);
    open_bench(&b, HOSTS, false);
    latency("1,000 strategies, quotes of the whole chain", &b, 0, CONTRACTS);
    close_bench(&b);
    open_bench(&b, HOSTS, true);
    latency("1,000 strategies that all hold the quoted contract", &b, 140, 141);
    close_bench(&b);
    return 0;
}
