#include "domain/market/quotes.h"

#include "base/rng.h"
#include "base/zone.h"
#include "domain/market/instruments.h"
#include "tests/testing.h"

/* 2025-02-20 10:00:00 in New York. */
#define TEN_NS INT64_C(1740063600000000000)
#define CENTS(n) ((n)*MICROS_PER_CENT)

struct bench {
    struct arena arena;
    struct instruments instruments;
    struct quotes quotes;
    uint32_t spy, call, put, spx_call, vix;
};

static void define(struct bench *b, const char *name, uint32_t *id)
{
    CHECK_OK(instruments_add_named(&b->instruments, str_from(name), id));
    for (uint32_t i = 0; i < b->instruments.count; i++) {
        struct market_record d = instruments_definition(&b->instruments, i);
        CHECK_EQ(quotes_take(&b->quotes, &d), RULE_NONE);
    }
}

static void begin(struct bench *b)
{
    arena_init(&b->arena, "test", 0);
    instruments_init(&b->instruments, &b->arena, 16);
    quotes_init(&b->quotes, &b->arena, 16, NULL);
    CHECK_OK(instruments_add(&b->instruments, INSTRUMENT_INDEX, STR("VIX"), &b->vix));
    define(b, "SPY", &b->spy);
    define(b, "SPY   250221C00600000", &b->call);
    define(b, "SPY   250221P00600000", &b->put);
    define(b, "SPXW  250221C06000000", &b->spx_call);
}

static struct market_record quote(uint32_t id, int64_t ts_ns, int64_t bid, int64_t ask)
{
    return (struct market_record){ .ts_ns = ts_ns,
                                   .recv_ns = ts_ns + 1000,
                                   .instrument = id,
                                   .publisher = 1,
                                   .kind = RECORD_QUOTE,
                                   .of.quote = { bid, ask, 10, 10, 0, 0 } };
}

static enum rule take(struct bench *b, struct market_record r)
{
    return quotes_take(&b->quotes, &r);
}

TEST(quotes, keeps_good_ones)
{
    struct bench b;
    begin(&b);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_UNKNOWN);
    CHECK_EQ(take(&b, quote(b.call, TEN_NS, CENTS(240), CENTS(250))), RULE_NONE);
    CHECK_EQ(b.quotes.slots[b.call].bid, 2400000);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_NONE);
    struct market_record r = quotes_record(&b.quotes, b.call);
    CHECK_EQ(r.of.quote.ask, 2500000);
    CHECK_EQ(r.flags, 0);
    /* One side missing, and a bid of zero, are what far options look like. */
    CHECK_EQ(take(&b, quote(b.call, TEN_NS + 1, 0, CENTS(1))), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS + 1), RULE_NONE);
    CHECK_EQ(take(&b, quote(b.call, TEN_NS + 2, PRICE_NONE, CENTS(1))), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS + 2), RULE_UNKNOWN);
    CHECK_EQ(b.quotes.taken, 3);
    CHECK_EQ(b.quotes.progress_ns, TEN_NS + 2);
    arena_clear(&b.arena);
}

TEST(quotes, every_rule_is_hit_counted_quarantined_and_never_a_price)
{
    struct bench b;
    begin(&b);
    CHECK_EQ(take(&b, quote(b.spy, TEN_NS, CENTS(60000), CENTS(60001))), RULE_NONE);
    struct market_record good = quote(b.put, TEN_NS, CENTS(240), CENTS(250)), bad;
    int64_t at = TEN_NS;
#define BAD(want, change)                                                                          \
    do {                                                                                           \
        good.ts_ns = at += NANOS_PER_SECOND;                                                       \
        good.recv_ns = at;                                                                         \
        good.sequence += 2;                                                                        \
        CHECK_EQ(take(&b, good), RULE_NONE);                                                       \
        bad = good;                                                                                \
        bad.ts_ns = bad.recv_ns = at += NANOS_PER_SECOND;                                          \
        bad.sequence = good.sequence + 1;                                                          \
        bad.of.quote.bid -= 1;                                                                     \
        change;                                                                                    \
        uint64_t hits = b.quotes.hits[want];                                                       \
        CHECK_EQ(take(&b, bad), want);                                                             \
        CHECK_EQ(b.quotes.hits[want], hits + 1);                                                   \
        CHECK_EQ(b.quotes.quarantine[(b.quotes.quarantine_count - 1) % QUARANTINE].rule, want);    \
        bool is_void = rule_action(want) == RULE_VOID;                                             \
        CHECK_EQ(b.quotes.slots[b.put].bid, is_void ? PRICE_NONE : CENTS(240));                    \
        CHECK_EQ(quotes_tradable(&b.quotes, b.put, at), is_void ? want : RULE_NONE);               \
        CHECK_EQ(quotes_record(&b.quotes, b.put).flags, is_void ? RECORD_VOID : 0);                \
    } while (0)

    BAD(RULE_CROSSED, bad.of.quote.bid = CENTS(251));
    BAD(RULE_LOCKED, bad.of.quote.bid = CENTS(250));
    BAD(RULE_BOUND, {
        bad.of.quote.bid = CENTS(60001);
        bad.of.quote.ask = CENTS(60100);
    });
    BAD(RULE_IMPOSSIBLE, bad.of.quote.bid = -CENTS(1));
    BAD(RULE_IMPOSSIBLE, bad.of.quote.ask = 0);
    BAD(RULE_IMPOSSIBLE, bad.of.quote.bid_size = 0);
    BAD(RULE_IMPOSSIBLE, bad.of.quote.ask = QUOTE_PRICE_MAX + 1);
    BAD(RULE_IMPOSSIBLE, bad.of.quote.bid = INT64_MIN + 1);
    BAD(RULE_ROUNDED, bad.flags = RECORD_ROUNDED);
    BAD(RULE_BAD_BOOK, bad.flags = RECORD_BAD_BOOK);
    BAD(RULE_STALE, bad.recv_ns = bad.ts_ns + 3 * NANOS_PER_SECOND);
    BAD(RULE_FUTURE, bad.recv_ns = bad.ts_ns - 2 * NANOS_PER_SECOND);
    BAD(RULE_SESSION,
        bad.ts_ns = bad.recv_ns = TEN_NS + 6 * NANOS_PER_HOUR + 20 * NANOS_PER_MINUTE);
    BAD(RULE_OUT_OF_SEQUENCE, bad.ts_ns = good.ts_ns - 1);
    BAD(RULE_OUT_OF_SEQUENCE, bad.sequence = good.sequence - 1);
    BAD(RULE_DUPLICATE, bad = good);
    BAD(RULE_UNKNOWN, bad.instrument = INSTRUMENT_NONE);
    BAD(RULE_UNKNOWN, bad.instrument = 12);
#undef BAD
    for (enum rule rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
        CHECK(b.quotes.hits[rule] > 0); /* a new rule wants its case here */
    arena_clear(&b.arena);
}

TEST(quotes, a_call_is_bounded_by_its_underlying)
{
    struct bench b;
    begin(&b);
    struct market_record deep = quote(b.call, TEN_NS, CENTS(59900), CENTS(60500));
    CHECK_EQ(take(&b, deep), RULE_NONE); /* nothing is known of SPY yet */
    CHECK_EQ(take(&b, quote(b.spy, TEN_NS, CENTS(59000), CENTS(59001))), RULE_NONE);
    deep.ts_ns++;
    CHECK_EQ(take(&b, deep), RULE_BOUND);
    arena_clear(&b.arena);
}

TEST(quotes, sessions_follow_the_calendar_and_the_product)
{
    struct bench b;
    begin(&b);
    int64_t open = zone_to_ts(ZONE_NEW_YORK, 20250220, TIME_OF_DAY(9, 30));
    int64_t close = zone_to_ts(ZONE_NEW_YORK, 20250220, TIME_OF_DAY(16, 0));
    CHECK_EQ(take(&b, quote(b.spy, open - 1, CENTS(60000), CENTS(60001))), RULE_SESSION);
    CHECK_EQ(take(&b, quote(b.spy, open, CENTS(60000), CENTS(60001))), RULE_NONE);
    CHECK_EQ(take(&b, quote(b.spy, close, CENTS(60000), CENTS(60002))), RULE_NONE);
    CHECK_EQ(take(&b, quote(b.spy, close + 1, CENTS(60000), CENTS(60001))), RULE_SESSION);
    /* Index options trade on to 16:15, but not on the day they expire. */
    int64_t late = zone_to_ts(ZONE_NEW_YORK, 20250220, TIME_OF_DAY(16, 10));
    CHECK_EQ(take(&b, quote(b.spx_call, late, CENTS(100), CENTS(110))), RULE_NONE);
    late = zone_to_ts(ZONE_NEW_YORK, 20250221, TIME_OF_DAY(16, 10));
    CHECK_EQ(take(&b, quote(b.spx_call, late, CENTS(100), CENTS(110))), RULE_SESSION);
    /* A Saturday, Christmas, the half day before it, and a year that no calendar knows. */
    CHECK_EQ(take(&b, quote(b.spy, TEN_NS + 2 * NANOS_PER_DAY, CENTS(1), CENTS(2))), RULE_SESSION);
    CHECK_EQ(take(&b, quote(b.spy, zone_to_ts(ZONE_NEW_YORK, 20251225, TIME_OF_DAY(11, 0)),
                            CENTS(1), CENTS(2))),
             RULE_SESSION);
    CHECK_EQ(take(&b, quote(b.spy, zone_to_ts(ZONE_NEW_YORK, 20251224, TIME_OF_DAY(14, 0)),
                            CENTS(1), CENTS(2))),
             RULE_SESSION);
    CHECK_EQ(take(&b, quote(b.spy, zone_to_ts(ZONE_NEW_YORK, 20990105, TIME_OF_DAY(11, 0)),
                            CENTS(1), CENTS(2))),
             RULE_SESSION);
    /* Moments beside which no day can be counted. */
    static const int64_t never[] = { INT64_MIN + 1, -1, INT64_C(7258118400) * NANOS_PER_SECOND,
                                     INT64_C(9151314032542733568), INT64_MAX - 2000 };
    for (size_t i = 0; i < ARRAY_COUNT(never); i++)
        CHECK(take(&b, quote(b.put, never[i], CENTS(100), CENTS(110))) != RULE_NONE);
    /* Tradable now is asked of the clock, not of the last record. */
    CHECK_EQ(quotes_tradable(&b.quotes, b.spy, close), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.spy, close + NANOS_PER_HOUR), RULE_SESSION);
    arena_clear(&b.arena);
}

TEST(quotes, a_halt_stops_trading_one_or_all)
{
    struct bench b;
    begin(&b);
    CHECK_EQ(take(&b, quote(b.spy, TEN_NS, CENTS(60000), CENTS(60001))), RULE_NONE);
    CHECK_EQ(take(&b, quote(b.call, TEN_NS, CENTS(100), CENTS(101))), RULE_NONE);
    struct market_record status = { .instrument = b.spy,
                                    .kind = RECORD_STATUS,
                                    .of.status.status = MARKET_HALTED };
    CHECK_EQ(take(&b, status), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.spy, TEN_NS), RULE_SESSION);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_NONE);
    status.instrument = INSTRUMENT_NONE;
    CHECK_EQ(take(&b, status), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_SESSION);
    status.of.status.status = MARKET_OPEN;
    CHECK_EQ(take(&b, status), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_NONE);
    arena_clear(&b.arena);
}

TEST(quotes, an_index_level_may_have_any_decimals_and_trades_cannot_void_a_quote)
{
    struct bench b;
    begin(&b);
    struct market_record level = { .ts_ns = TEN_NS,
                                   .recv_ns = TEN_NS,
                                   .instrument = b.vix,
                                   .kind = RECORD_LEVEL,
                                   .flags = RECORD_ROUNDED,
                                   .of.level.value = 16123457 };
    CHECK_EQ(take(&b, level), RULE_NONE);
    CHECK_EQ(b.quotes.slots[b.vix].last, 16123457);
    CHECK_EQ(take(&b, quote(b.call, TEN_NS, CENTS(100), CENTS(101))), RULE_NONE);
    struct market_record trade = { .ts_ns = TEN_NS,
                                   .recv_ns = TEN_NS,
                                   .instrument = b.call,
                                   .kind = RECORD_TRADE,
                                   .of.trade = { .price = -1, .size = 1 } };
    CHECK_EQ(take(&b, trade), RULE_IMPOSSIBLE);
    CHECK_EQ(b.quotes.slots[b.call].bid, CENTS(100));
    CHECK_EQ(b.quotes.slots[b.call].last, PRICE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, TEN_NS), RULE_NONE);
    arena_clear(&b.arena);
}

TEST(quotes, what_is_repeated_is_the_latest_there_is_but_nothing_to_trade_on_before_it_ends)
{
    struct bench b;
    begin(&b);
    struct market_record old = quote(b.call, TEN_NS, CENTS(100), CENTS(101));
    old.recv_ns += 30 * NANOS_PER_SECOND;
    CHECK_EQ(take(&b, old), RULE_STALE);
    old.ts_ns++;
    old.flags = RECORD_SNAPSHOT;
    CHECK_EQ(take(&b, old), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, old.recv_ns), RULE_STALE);
    CHECK_EQ(take(&b, quote(b.put, old.recv_ns, CENTS(100), CENTS(101))), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, old.recv_ns), RULE_NONE);
    /* A gap: what was said before it may be old. */
    struct market_record gap = { .recv_ns = old.recv_ns + NANOS_PER_SECOND,
                                 .instrument = INSTRUMENT_NONE,
                                 .kind = RECORD_GAP };
    CHECK_EQ(take(&b, gap), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, gap.recv_ns), RULE_STALE);
    CHECK_EQ(take(&b, quote(b.call, gap.recv_ns, CENTS(100), CENTS(101))), RULE_NONE);
    CHECK_EQ(quotes_tradable(&b.quotes, b.call, gap.recv_ns), RULE_NONE);
    arena_clear(&b.arena);
}

/* Whatever comes, what is kept is never crossed, locked, negative or out of session. */
TEST(quotes, random_records_never_leave_a_bad_price_behind)
{
    struct bench b;
    struct rng rng;
    begin(&b);
    rng_init(&rng, 3, 0, 1);
    for (int i = 0; i < 200000; i++) {
        int64_t ts = TEN_NS + i * 1000 - (int64_t)rng_below(&rng, 2000000);
        struct market_record r =
            quote((uint32_t)rng_below(&rng, 8), ts, CENTS((int64_t)rng_below(&rng, 400) - 20),
                  CENTS((int64_t)rng_below(&rng, 400) - 20));
        r.flags = rng_below(&rng, 20) == 0 ? RECORD_BAD_BOOK : 0;
        r.publisher = (uint16_t)rng_below(&rng, 2);
        enum rule rule = take(&b, r);
        if (r.instrument >= b.instruments.count)
            continue;
        const struct quote_slot *s = &b.quotes.slots[r.instrument];
        CHECK_EQ(s->rule == RULE_NONE && rule == RULE_NONE, rule == RULE_NONE);
        if (s->rule == RULE_NONE) {
            CHECK(s->bid >= 0);
            CHECK(s->ask > s->bid);
        } else {
            CHECK_EQ(s->bid, PRICE_NONE);
            CHECK(quotes_tradable(&b.quotes, r.instrument, ts) != RULE_NONE);
        }
    }
    arena_clear(&b.arena);
}
