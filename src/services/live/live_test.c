/*
 * The whole path with two scripted sources in simulated time: takeovers, returns, random outages.
 */
#include "services/live/live.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/zone.h"
#include "tests/testing.h"

#define MS INT64_C(1000000)
/* 2025-02-20 10:00:00 in New York. */
#define START_NS INT64_C(1740063600000000000)

enum { UNDERLYINGS = 3, OPTIONS = 40, ALL = UNDERLYINGS + OPTIONS };
enum { QUIET = ALL - 1, QUIET_TICKS = 4096 }; /* the last option is quoted every 41 s only */
enum fault { FAULT_NONE, FAULT_STOP, FAULT_FREEZE, FAULT_APART, FAULT_LINK, FAULT_COUNT };

/* A source that quotes an instrument every 10 ms, at a price that everybody can compute. */
struct scripted {
    struct instruments *instruments;
    uint32_t ids[ALL];
    uint32_t covers; /* how many of ALL it knows */
    enum fault fault;
    enum fault seen;   /* the last one it told of */
    int64_t tick;      /* done so far */
    int64_t frozen_ns; /* event times do not go beyond this while frozen */
    uint32_t defined;
};

/* Underlyings every 120 ms, options every 520, but for one. */
static uint32_t whose_turn(int64_t tick)
{
    if (tick % QUIET_TICKS == 3)
        return QUIET;
    return (uint32_t)(tick % 4 ? UNDERLYINGS + (tick - tick / 4 - 1) % (OPTIONS - 1)
                               : tick / 4 % UNDERLYINGS);
}

static int64_t truth(uint32_t which, int64_t tick)
{
    return (500 + which) * MICROS_PER_DOLLAR + (tick / 100) % 50 * MICROS_PER_CENT;
}

static struct market_record quote(uint32_t id, int64_t ts_ns, int64_t mid)
{
    return (struct market_record){ .ts_ns = ts_ns,
                                   .recv_ns = ts_ns,
                                   .instrument = id,
                                   .kind = RECORD_QUOTE,
                                   .of.quote = { .bid = mid - MICROS_PER_CENT,
                                                 .ask = mid + MICROS_PER_CENT,
                                                 .bid_size = 1,
                                                 .ask_size = 1 } };
}

static struct market_record link_record(int64_t now_ns, enum link_state state)
{
    return (struct market_record){ .ts_ns = now_ns,
                                   .recv_ns = now_ns,
                                   .instrument = INSTRUMENT_NONE,
                                   .kind = RECORD_LINK,
                                   .of.link.state = (uint8_t)state };
}

static enum err scripted_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                              size_t *count)
{
    struct scripted *s = self;
    *count = 0;
    while (s->defined < s->covers && *count < room)
        out[(*count)++] = instruments_definition(s->instruments, s->ids[s->defined++]);
    if (s->fault != s->seen && *count < room) {
        if (s->fault == FAULT_LINK || s->seen == FAULT_LINK)
            out[(*count)++] = link_record(now_ns, s->fault == FAULT_LINK ? LINK_DOWN : LINK_UP);
        s->frozen_ns = now_ns;
        s->seen = s->fault;
    }
    for (; *count < room && START_NS + s->tick * 10 * MS <= now_ns; s->tick++) {
        int64_t ts = START_NS + s->tick * 10 * MS;
        uint32_t which = whose_turn(s->tick);
        if (which >= s->covers || s->fault == FAULT_STOP || s->fault == FAULT_LINK)
            continue;
        struct market_record r = quote(s->ids[which], ts, truth(which, s->tick));
        if (s->fault == FAULT_FREEZE) { /* it speaks, of the past or of nothing */
            r.kind = s->tick % 2 ? RECORD_HEARTBEAT : RECORD_QUOTE;
            r.ts_ns = s->frozen_ns;
        }
        if (s->fault == FAULT_APART) {
            r.of.quote.bid += MICROS_PER_DOLLAR;
            r.of.quote.ask += MICROS_PER_DOLLAR;
        }
        out[(*count)++] = r;
    }
    return ERR_OK;
}

static int64_t scripted_next_ns(void *self)
{
    return START_NS + ((struct scripted *)self)->tick * 10 * MS;
}

static void scripted_close(UNUSED void *self)
{
}

static const struct source_ops scripted_ops = {
    .name = "scripted", .poll = scripted_poll, .next_ns = scripted_next_ns, .close = scripted_close
};

struct desk {
    struct live live;
    struct scripted sources[2];
    struct arena arena;
    struct ring ring;
    struct market_record latest[ALL]; /* of what was published */
    struct market_record switches[64];
    uint64_t switch_count;
    int64_t now_ns;
    uint64_t got;
};

static void open_desk(struct desk *d, uint32_t sources, size_t ring)
{
    memset(d, 0, sizeof *d);
    live_init(&d->live, &(struct live_options){ .instruments = 256 });
    arena_init(&d->arena, "desk", 0);
    ring_init(&d->ring, &d->arena, ring, sizeof(struct market_record));
    uint32_t ids[ALL];
    static const char *const names[] = { "SPY", "QQQ", "IWM" };
    for (uint32_t i = 0; i < ALL; i++) {
        struct contract c = { .root = "SPY",
                              .expiry = 20250321,
                              .multiplier = 100,
                              .strike_mills = 900000 + 1000 * (int)i,
                              .right = OPTION_PUT,
                              .style = STYLE_AMERICAN,
                              .settle = SETTLE_PM,
                              .delivery = DELIVERY_PHYSICAL };
        if (i < UNDERLYINGS)
            CHECK_OK(instruments_add(&d->live.instruments, INSTRUMENT_STOCK, str_from(names[i]),
                                     &ids[i]));
        else
            CHECK_OK(instruments_add_option(&d->live.instruments, &c, &ids[i]));
        CHECK_EQ(ids[i], i);
    }
    for (uint32_t s = 0; s < sources; s++) {
        d->sources[s] = (struct scripted){ .instruments = &d->live.instruments, .covers = ALL };
        memcpy(d->sources[s].ids, ids, sizeof ids);
        live_add(&d->live, (struct source){ &scripted_ops, &d->sources[s] });
    }
    live_feed(&d->live, &d->ring);
    d->now_ns = START_NS;
}

static void close_desk(struct desk *d)
{
    live_close(&d->live);
    arena_clear(&d->arena);
}

static void drain(struct desk *d)
{
    struct market_record r;
    while (ring_pop(&d->ring, &r)) {
        d->got++;
        if (r.kind == RECORD_SWITCH)
            d->switches[d->switch_count++ % ARRAY_COUNT(d->switches)] = r;
        else if (r.kind == RECORD_QUOTE)
            d->latest[r.instrument] = r;
    }
}

static void run(struct desk *d, int64_t ns)
{
    for (int64_t end = d->now_ns + ns; d->now_ns < end;) {
        d->now_ns += 20 * MS;
        CHECK_OK(live_step(&d->live, d->now_ns, 8, NULL));
        drain(d);
    }
}

static const struct record_switch *last_switch(const struct desk *d)
{
    CHECK(d->switch_count > 0);
    return &d->switches[(d->switch_count - 1) % ARRAY_COUNT(d->switches)].of.change;
}

/* Every instrument was said within the last two rounds of the sources, and the quiet one when it
 * was its turn, who ever was listened to then. */
static void check_all_fresh(const struct desk *d)
{
    int64_t ticks = (d->now_ns - 1500 * MS - START_NS) / (10 * MS);
    int64_t turn = ticks - (ticks % QUIET_TICKS + QUIET_TICKS - 3) % QUIET_TICKS;
    CHECK(d->latest[QUIET].of.quote.bid != PRICE_NONE);
    CHECK(d->latest[QUIET].ts_ns >= START_NS + turn * 10 * MS);
    for (uint32_t i = 0; i < QUIET; i++) {
        const struct market_record *r = &d->latest[i];
        CHECK(r->of.quote.bid != PRICE_NONE);
        CHECK(d->now_ns - r->ts_ns <= 3 * ALL * 10 * MS);
        int64_t tick = (r->ts_ns - START_NS) / (10 * MS);
        CHECK_EQ(record_quote_mid(&r->of.quote), truth(i, tick));
    }
}

TEST(live, a_fault_of_the_primary_brings_the_backup_within_a_second_and_says_why)
{
    static const struct {
        enum fault fault;
        enum switch_reason reason;
    } cases[] = { { FAULT_STOP, SWITCH_STOPPED },
                  { FAULT_FREEZE, SWITCH_FROZEN },
                  { FAULT_APART, SWITCH_DISAGREES },
                  { FAULT_LINK, SWITCH_LINK } };
    FOR_EACH (c, cases) {
        struct desk *d = mem_alloc(sizeof *d);
        open_desk(d, 2, 1 << 14);
        run(d, 3000 * MS);
        CHECK_EQ(d->switch_count, 1);
        CHECK_EQ(last_switch(d)->reason, SWITCH_START);
        CHECK_EQ(last_switch(d)->to, 0);
        d->sources[0].fault = c->fault;
        run(d, 1000 * MS);
        CHECK_EQ(d->live.failover.active, 1);
        CHECK_EQ(d->switch_count, 2);
        CHECK_EQ(last_switch(d)->reason, c->reason);
        CHECK_EQ(last_switch(d)->from, 0);
        if (c->fault == FAULT_APART)
            CHECK_EQ(last_switch(d)->amount, MICROS_PER_DOLLAR);
        CHECK_EQ(d->live.failover.is_disputed, c->fault == FAULT_APART);
        check_all_fresh(d);
        /* Well again: not at once, but after the wait, and then it stays. */
        d->sources[0].fault = FAULT_NONE;
        run(d, 9000 * MS);
        CHECK_EQ(d->live.failover.active, 1);
        run(d, 3000 * MS);
        CHECK_EQ(d->live.failover.active, 0);
        CHECK_EQ(last_switch(d)->reason, SWITCH_RECOVERED);
        check_all_fresh(d);
        run(d, 20000 * MS);
        CHECK_EQ(d->switch_count, 3);
        close_desk(d);
        mem_free(d);
    }
}

TEST(live, a_hiccup_is_no_fault)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    for (int i = 0; i < 20; i++) {
        d->sources[i % 2].fault = FAULT_STOP;
        run(d, 400 * MS);
        d->sources[i % 2].fault = FAULT_NONE;
        run(d, 500 * MS);
    }
    CHECK_EQ(d->switch_count, 1);
    check_all_fresh(d);
    close_desk(d);
    mem_free(d);
}

TEST(live, when_both_stop_nothing_switches_and_nothing_may_be_traded_on)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    CHECK_EQ(live_tradable(&d->live, 0, d->now_ns), RULE_NONE);
    d->sources[0].fault = d->sources[1].fault = FAULT_STOP;
    run(d, 5000 * MS);
    CHECK_EQ(d->switch_count, 1);
    CHECK_EQ(live_tradable(&d->live, 0, d->now_ns), RULE_STALE);
    close_desk(d);
    mem_free(d);
}

static void lose_records(struct desk *d)
{
    struct live_source *s = d->live.sources[0];
    s->batch[0] = (struct market_record){
        .ts_ns = d->now_ns, .recv_ns = d->now_ns, .instrument = INSTRUMENT_NONE, .kind = RECORD_GAP
    };
    s->batch_at = 0;
    s->batch_count = 1;
}

TEST(live, after_lost_records_a_quote_counts_when_it_is_said_again)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 1, 1 << 14);
    run(d, 3000 * MS);
    CHECK_EQ(live_tradable(&d->live, QUIET, d->now_ns), RULE_NONE);
    lose_records(d);
    CHECK_OK(live_step(&d->live, d->now_ns, 8, NULL));
    drain(d);
    CHECK_EQ(d->live.counts.lost, ALL);
    for (uint32_t i = 0; i < ALL; i++)
        CHECK_EQ(d->latest[i].of.quote.bid, PRICE_NONE);
    run(d, 1000 * MS);
    CHECK_EQ(live_tradable(&d->live, 0, d->now_ns), RULE_NONE);
    CHECK_EQ(live_tradable(&d->live, QUIET, d->now_ns), RULE_STALE);
    run(d, 41000 * MS);
    CHECK_EQ(live_tradable(&d->live, QUIET, d->now_ns), RULE_NONE);
    check_all_fresh(d);
    close_desk(d);
    mem_free(d);
}

TEST(live, what_one_source_lost_the_other_fills_in)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    lose_records(d);
    run(d, 1000 * MS);
    CHECK_EQ(d->live.failover.active, 0); /* nothing is wrong with its line */
    CHECK_EQ(d->live.counts.lost, 0);
    CHECK(d->latest[QUIET].of.quote.bid != PRICE_NONE);
    CHECK_EQ(live_tradable(&d->live, QUIET, d->now_ns), RULE_NONE);
    /* The primary misses the quiet one's next turn, too shortly for a switch. */
    while ((d->now_ns - START_NS) / (10 * MS) % QUIET_TICKS < QUIET_TICKS - 10)
        run(d, 20 * MS);
    d->sources[0].fault = FAULT_STOP;
    run(d, 300 * MS);
    d->sources[0].fault = FAULT_NONE;
    run(d, 2000 * MS);
    CHECK_EQ(d->switch_count, 1);
    CHECK(d->live.counts.filled > 0);
    check_all_fresh(d);
    close_desk(d);
    mem_free(d);
}

TEST(live, what_only_the_source_left_knew_is_voided)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    d->sources[1].covers = ALL - 5;
    run(d, 3000 * MS);
    d->sources[0].fault = FAULT_LINK;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.failover.active, 1);
    CHECK_EQ(d->live.counts.lost, 5);
    for (uint32_t i = 0; i < ALL; i++) {
        CHECK_EQ(d->latest[i].of.quote.bid == PRICE_NONE, i >= ALL - 5);
        CHECK_EQ(live_tradable(&d->live, i, d->now_ns) == RULE_NONE, i < ALL - 5);
    }
    close_desk(d);
    mem_free(d);
}

TEST(live, a_flickering_primary_is_used_ever_less)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    uint64_t before = 0, most = 0;
    for (int minute = 0; minute < 20; minute++) {
        for (int i = 0; i < 4; i++) { /* well for 12 s, gone for 3 */
            d->sources[0].fault = FAULT_STOP;
            run(d, 3000 * MS);
            d->sources[0].fault = FAULT_NONE;
            run(d, 12000 * MS);
        }
        most = d->switch_count - before > most ? d->switch_count - before : most;
        if (minute > 5)
            CHECK_EQ(d->switch_count, before); /* the wait is longer than it is ever well */
        before = d->switch_count;
    }
    CHECK(most <= 8);
    check_all_fresh(d);
    close_desk(d);
    mem_free(d);
}

/* 1,000 outages of any kind and length, of one source at a time. */
static void random_outages(uint64_t seed)
{
    struct desk *d = mem_alloc(sizeof *d);
    struct rng rng;
    rng_init(&rng, seed, 0, 1);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    uint64_t takeovers = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t which = rng_below(&rng, 4) == 0; /* the primary, three times in four */
        enum fault fault = (enum fault)(1 + rng_below(&rng, FAULT_COUNT - 1));
        uint64_t switches, failures = d->live.failover.failures;
        bool was_active = d->live.failover.active == (int)which;
        int64_t length = (int64_t)(20 + rng_below(&rng, rng_below(&rng, 10) ? 1500 : 20000)) * MS;
        d->sources[which].fault = fault;
        run(d, length);
        /* A source that differs is left only when it is the preferred one: nobody knows who is
         * right. */
        bool counts = fault != FAULT_APART || which == 0;
        if (was_active && counts && length >= 1000 * MS) {
            CHECK_EQ(d->live.failover.active, !which);
            takeovers++;
        }
        CHECK(d->live.failover.failures - failures <= 1); /* never to and fro in an outage */
        d->sources[which].fault = FAULT_NONE;
        failures = d->live.failover.failures;
        switches = d->switch_count;
        run(d, (int64_t)(1500 + rng_below(&rng, 30000)) * MS);
        CHECK_EQ(d->live.failover.failures, failures);
        CHECK(d->switch_count - switches <= 1); /* the return, at most */
        check_all_fresh(d);
        for (uint32_t id = 0; id < ALL; id++)
            CHECK_EQ(live_tradable(&d->live, id, d->now_ns), RULE_NONE);
    }
    CHECK(takeovers > 100);
    CHECK(d->switch_count <= 1 + 2 * 1000);
    CHECK_EQ(d->live.counts.lost, 0);
    close_desk(d);
    mem_free(d);
}

TEST(live, a_thousand_random_outages_lose_no_instrument_and_cause_no_flapping)
{
    for (uint64_t seed = 1; seed <= 3; seed++)
        random_outages(seed);
}

TEST(live, a_slow_kernel_stalls_the_sources_and_loses_nothing)
{
    struct desk *d = mem_alloc(sizeof *d), *fast = mem_alloc(sizeof *fast);
    open_desk(fast, 1, 1 << 14);
    run(fast, 5000 * MS);
    open_desk(d, 1, 8);
    for (int i = 0; i < 50; i++) {
        d->now_ns += 100 * MS;
        CHECK_OK(live_step(&d->live, d->now_ns, 8, NULL));
        CHECK(ring_count(&d->ring) <= 8);
        if (i % 3 == 0)
            drain(d);
    }
    CHECK(d->live.counts.stalls > 0);
    CHECK(d->live.is_stalled);
    for (int i = 0; i < 500; i++) {
        drain(d);
        CHECK_OK(live_step(&d->live, d->now_ns, 8, NULL));
    }
    drain(d);
    CHECK_EQ(d->got, fast->got);
    for (uint32_t i = 0; i < ALL; i++)
        CHECK_EQ(d->latest[i].ts_ns, fast->latest[i].ts_ns);
    close_desk(d);
    close_desk(fast);
    mem_free(d);
    mem_free(fast);
}

TEST(live, says_when_what_it_publishes_may_not_be_acted_on_and_when_it_may_again)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    CHECK_EQ(d->live.counts.doubts, 0);
    d->sources[0].fault = FAULT_APART;
    run(d, 5000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_DISPUTED);
    CHECK(d->live.last_doubt.instrument < UNDERLYINGS);
    CHECK_EQ(llabs(d->live.last_doubt.of.doubt.here - d->live.last_doubt.of.doubt.there),
             MICROS_PER_DOLLAR);
    d->sources[0].fault = FAULT_NONE;
    run(d, 15000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_NONE);
    d->sources[0].fault = FAULT_LINK;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_NONE); /* the backup is there */
    d->sources[1].fault = FAULT_LINK;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_LINK);
    d->sources[1].fault = FAULT_NONE;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_NONE);
    CHECK_EQ(d->live.counts.doubts, 4);
    close_desk(d);
    mem_free(d);
}

TEST(live, silence_of_all_sources_is_a_doubt_where_that_is_asked_for)
{
    struct desk *d = mem_alloc(sizeof *d);
    open_desk(d, 2, 1 << 14);
    run(d, 3000 * MS);
    d->sources[0].fault = d->sources[1].fault = FAULT_STOP;
    run(d, 5000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_NONE); /* a tape of minutes is silent for a minute */
    d->live.failover.options.quiet_ns = 5000 * MS;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_SILENT);
    d->sources[0].fault = d->sources[1].fault = FAULT_NONE;
    run(d, 1000 * MS);
    CHECK_EQ(d->live.doubt, DOUBT_NONE);
    close_desk(d);
    mem_free(d);
}
