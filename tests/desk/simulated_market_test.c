/*
 * The simulated market in memory, as a desk trades on it, and the tape that is written of the same
 * seed are one market: the same quotes and trades in the same order, and a kernel that is fed with
 * either decides the same.
 */
#include <stdlib.h>
#include <string.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "adapters/feed/replay_place.h"
#include "base/date.h"
#include "base/zone.h"
#include "kernel/runner.h"
#include "services/desk/feeds.h"
#include "services/simulate/simulate.h"
#include "services/simulate/stream.h"
#include "tests/testing.h"

enum { DAY = 20250220, SEED = 3, CONTRACTS = 16384 };

/* Sells a put twice in the minute that is played, and buys it back when the time of the exit has
 * come. */
static const char strategy_text[] =
    "ironfly: 1\nname: puts\nunderlying: SPY\n"
    "legs: {p: {sell: put, expiry: {dte: 7, min: 1, max: 20}, strike: {delta: 0.3}}}\n"
    "entry: {every: time, times: [\"09:30\"], until: 50s, max_open: 1}\n"
    "size: {contracts: 1}\nexit: {profit: 5%, loss: 5%}\n";

/* ---- what the tape has ----------------------------------------------------------------------- */

struct played {
    struct arena arena;
    struct instruments instruments;
    struct source source;
    struct market_record batch[256];
    size_t count, at;
    struct record_quote *quotes;      /* by instrument: what stands */
    const struct contract *contracts; /* of the session */
    uint32_t contract_count;
};

static const struct market_record *next_record(struct played *p)
{
    if (p->at == p->count) {
        p->at = 0;
        CHECK_OK(source_poll(&p->source, INT64_MAX, p->batch, ARRAY_COUNT(p->batch), &p->count));
    }
    return p->at < p->count ? &p->batch[p->at] : NULL;
}

static uint32_t row_of(const struct played *p, uint32_t instrument)
{
    const struct instrument *i = &p->instruments.rows[instrument];
    for (uint32_t row = 0; i->class == INSTRUMENT_OPTION && row < p->contract_count; row++)
        if (contract_compare(&p->contracts[row], &i->contract) == 0)
            return row;
    return QUOTE_UNDERLYING;
}

static int64_t last_of(const struct record_quote *q, const struct market_record *trade,
                       bool is_underlying)
{
    if (trade)
        return trade->of.trade.price;
    return is_underlying ? q->bid + (q->ask - q->bid) / 2 : PRICE_NONE;
}

/* The next quote or trade as the event of a kernel; a print of shares comes with the quote that
 * stands. */
static bool next_event(struct played *p, struct event *out)
{
    const struct market_record *r;
    while ((r = next_record(p)) != NULL && r->kind != RECORD_QUOTE && r->kind != RECORD_TRADE)
        p->at++;
    if (!r)
        return false;
    struct market_record first = *r, trade = *r;
    struct record_quote *stands = &p->quotes[first.instrument];
    p->at++;
    if (first.kind == RECORD_QUOTE) {
        *stands = first.of.quote;
        r = next_record(p); /* of the same record of the tape? */
        bool is_print = r && r->kind == RECORD_TRADE && r->instrument == first.instrument &&
                        r->recv_ns == first.recv_ns &&
                        p->instruments.rows[first.instrument].class != INSTRUMENT_OPTION;
        trade.kind = is_print ? RECORD_TRADE : RECORD_QUOTE;
        if (is_print) {
            trade = *r;
            p->at++;
        }
    }
    bool is_trade = trade.kind == RECORD_TRADE;
    uint32_t row = row_of(p, first.instrument);
    *out = (struct event){ .ts_ns = first.recv_ns, .kind = EVENT_QUOTE };
    out->of.quote = (struct event_quote){ .contract = row,
                                          .bid = stands->bid,
                                          .ask = stands->ask,
                                          .bid_size = stands->bid_size,
                                          .ask_size = stands->ask_size,
                                          .last = last_of(stands, is_trade ? &trade : NULL,
                                                          row == QUOTE_UNDERLYING),
                                          .traded = is_trade ? trade.of.trade.size : 0 };
    return true;
}

static void open_tape(struct played *p, const char *folder)
{
    struct simulate_options o = { .store = folder,
                                  .symbols = "SPY",
                                  .from = DAY,
                                  .to = DAY,
                                  .seed = SEED,
                                  .grid = GRID_TICK,
                                  .minutes = 1,
                                  .threads = 1 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&o, &summary));
    memset(p, 0, sizeof *p);
    arena_init(&p->arena, "played", 0);
    instruments_init(&p->instruments, &p->arena, CONTRACTS);
    p->quotes = arena_array(&p->arena, struct record_quote, CONTRACTS);
    CHECK_OK(replay_place_open(&p->source, NULL, arena_printf(&p->arena, "%s/tape", folder),
                               &p->instruments));
}

/* ---- kernels --------------------------------------------------------------------------------- */

struct side {
    struct arena arena;
    struct strategy strategy;
    struct kernel *kernel;
    struct venue venue;
    struct exchange *exchange;
    struct runner runner;
    struct runner_watch watch;
};

static void no_effect(UNUSED void *context, UNUSED const struct effect *effect)
{
}

static enum err nothing_after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

static void open_side(struct side *s)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, "side", 0);
    CHECK_OK(
        strategy_parse(&s->strategy, &s->arena, "puts.yaml", str_from(strategy_text), NULL, 0));
    const struct strategy *strategies[] = { &s->strategy };
    struct kernel_config config = {
        .strategies = strategies,
        .strategy_count = 1,
        .cash = 100000 * MICROS_PER_DOLLAR,
        .may_trade = true,
        .sign_above = INT64_MAX,
        .limits = { .book = { CONTRACTS, 512 }, .trades = 64, .orders = 64, .effects = 1024 }
    };
    CHECK_OK(kernel_open(&s->kernel, &s->arena, &config));
    struct exchange_config venue = exchange_config_default(FILL_SHARE, FEES_NONE);
    venue.contracts = CONTRACTS;
    venue.underlyings = 1;
    exchange_venue_open(&s->venue, &s->exchange, &s->arena, &venue);
    s->watch = (struct runner_watch){ .effect = no_effect, .after = nothing_after };
    s->runner = (struct runner){ .kernel = s->kernel, .venue = &s->venue, .watch = &s->watch };
}

static void close_side(struct side *s)
{
    s->venue.ops->close(s->venue.self);
    arena_clear(&s->arena);
}

static void check_same(const struct event *memory, const struct event *tape, size_t number)
{
    const struct event_quote *a = &memory->of.quote, *b = &tape->of.quote;
    if (memory->ts_ns == tape->ts_ns && a->contract == b->contract && a->bid == b->bid &&
        a->ask == b->ask && a->bid_size == b->bid_size && a->ask_size == b->ask_size &&
        a->last == b->last && a->traded == b->traded)
        return;
    fail_msg(
        "tick %zu: contract %u at %lld %lld/%lld %ux%u last %lld traded %u in memory; %u at %lld %lld/%lld %ux%u last %lld traded %u on the tape",
        number, a->contract, (long long)memory->ts_ns, (long long)a->bid, (long long)a->ask,
        a->bid_size, a->ask_size, (long long)a->last, a->traded, b->contract,
        (long long)tape->ts_ns, (long long)b->bid, (long long)b->ask, b->bid_size, b->ask_size,
        (long long)b->last, b->traded);
}

TEST(simulated_market, in_memory_is_the_tape_of_its_seed_and_a_kernel_decides_the_same_on_either)
{
    struct played tape;
    struct desk_source memory;
    struct side a, b;
    size_t ticks = 0;
    CHECK_OK(zone_init());
    open_tape(&tape, testing_folder());
    CHECK_OK(feed_simulated_open(&memory, "SPY", SEED, DAY));
    open_side(&a);
    open_side(&b);
    int64_t end_ns = zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(9, 31));
    for (;;) {
        struct event event, same;
        int64_t ts;
        bool found;
        CHECK_OK(memory.ops->next_ns(memory.self, &ts));
        if (ts >= end_ns)
            break;
        CHECK_OK(memory.ops->next(memory.self, &event, &found));
        same = event;
        if (event.kind == EVENT_SESSION) {
            tape.contracts = event.of.session.contracts;
            tape.contract_count = event.of.session.contract_count;
        } else if (event.kind == EVENT_QUOTE) {
            CHECK(next_event(&tape, &same));
            check_same(&event, &same, ticks++);
        }
        CHECK_OK(runner_take(&a.runner, &event));
        CHECK_OK(runner_take(&b.runner, &same));
    }
    struct event more;
    CHECK(ticks > 10000);
    CHECK(!next_event(&tape, &more)); /* and it has no other */
    CHECK_EQ(kernel_events_hash(a.kernel), kernel_events_hash(b.kernel));
    CHECK_EQ(kernel_effects_hash(a.kernel), kernel_effects_hash(b.kernel));
    struct account account;
    kernel_account(a.kernel, &account);
    CHECK(account.cash != 100000 * MICROS_PER_DOLLAR); /* it traded */
    close_side(&a);
    close_side(&b);
    memory.ops->close(memory.self);
    source_close(&tape.source);
    arena_clear(&tape.arena);
}

/* Whoever sees a market for the first time in the morning knows what it closed at the day before,
 * in the shares of today. */
TEST(simulated_market, a_first_day_knows_the_close_of_the_day_before)
{
    struct sim_stream *stream;
    CHECK_OK(sim_stream_open(&stream, "SPX,TSLA,VIX", SEED));
    int64_t closed[3] = { 0 };
    int splits = 0;
    for (int32_t day = 20180401; day < 20180601; day = date_add(sim_stream_date(stream), 1)) {
        CHECK_OK(sim_stream_day(stream, day));
        for (size_t i = 0; i < sim_stream_count(stream); i++) {
            struct sim_morning m;
            sim_stream_morning(stream, i, &m);
            int64_t ratio = m.split_to ? m.split_to / m.split_from : 1;
            splits += m.split_to != 0;
            if (closed[i])
                CHECK(llabs(m.previous_close - closed[i] / ratio) <= MICROS_PER_DOLLAR / 100);
            closed[i] = m.close_level;
        }
    }
    sim_stream_close(stream);
    CHECK(splits > 0);

    struct desk_source feed;
    struct event e;
    bool found;
    CHECK_OK(feed_simulated_open(&feed, "SPX", SEED, 20180601));
    do {
        CHECK_OK(feed.ops->next(feed.self, &e, &found));
        MUST(found);
    } while (e.kind != EVENT_SESSION);
    CHECK_EQ(e.of.session.previous_close, closed[0]);
    feed.ops->close(feed.self);
}
