#include "domain/market/conflate.h"

#include <pthread.h>

#include "tests/testing.h"

enum { IDS = 64, PUTS = 200000 };

static struct market_record quote(uint32_t id, int64_t n)
{
    return (struct market_record){ .ts_ns = n,
                                   .recv_ns = n,
                                   .instrument = id,
                                   .sequence = (uint32_t)n,
                                   .kind = RECORD_QUOTE,
                                   .of.quote = { .bid = n, .ask = n + 1 } };
}

TEST(conflate, gives_the_latest_of_each_once_and_counts_what_came)
{
    struct arena arena;
    struct conflate c;
    struct conflated got;
    arena_init(&arena, "test", 0);
    conflate_init(&c, &arena, IDS);
    CHECK(!conflate_take(&c, &got));
    for (int64_t n = 1; n <= 5; n++) {
        struct market_record q = quote(3, n);
        conflate_put(&c, &q);
    }
    struct market_record trade = { .instrument = 3,
                                   .kind = RECORD_TRADE,
                                   .of.trade = { .price = 77, .size = 4 } };
    conflate_put(&c, &trade);
    conflate_put(&c, &trade);
    struct market_record other = quote(9, 1), far = quote(IDS, 1), none = quote(INSTRUMENT_NONE, 1);
    conflate_put(&c, &other);
    conflate_put(&c, &far);
    conflate_put(&c, &none);
    CHECK(conflate_take(&c, &got));
    CHECK_EQ(got.quote.instrument, 3);
    CHECK_EQ(got.quote.of.quote.bid, 5);
    CHECK_EQ(got.last, 77);
    CHECK_EQ(got.traded, 8);
    CHECK_EQ(got.updates, 7);
    CHECK(conflate_take(&c, &got));
    CHECK_EQ(got.quote.instrument, 9);
    CHECK(!conflate_take(&c, &got));
    arena_clear(&arena);
}

struct putting {
    struct conflate *conflate;
    atomic_bool is_done;
};

static void *put_all(void *context)
{
    struct putting *p = context;
    for (int64_t n = 1; n <= PUTS; n++) {
        struct market_record q = quote((uint32_t)(n * 7 % IDS), n);
        conflate_put(p->conflate, &q);
    }
    atomic_store(&p->is_done, true);
    return NULL;
}

TEST(conflate, across_threads_nothing_is_torn_goes_back_or_is_missed_at_the_end)
{
    struct arena arena;
    static struct conflate c;
    struct conflated got;
    int64_t latest[IDS] = { 0 };
    struct putting p = { .conflate = &c };
    pthread_t thread;
    arena_init(&arena, "test", 0);
    conflate_init(&c, &arena, IDS);
    MUST(pthread_create(&thread, NULL, put_all, &p) == 0);
    for (bool last_look = false;;) {
        while (conflate_take(&c, &got)) {
            uint32_t id = got.quote.instrument;
            CHECK_EQ(got.quote.of.quote.ask, got.quote.of.quote.bid + 1);
            CHECK_EQ(got.quote.ts_ns, got.quote.of.quote.bid);
            CHECK(got.quote.ts_ns >= latest[id]);
            latest[id] = got.quote.ts_ns;
        }
        if (last_look)
            break;
        last_look = atomic_load(&p.is_done);
    }
    pthread_join(thread, NULL);
    for (int64_t n = PUTS; n > PUTS - IDS; n--)
        CHECK_EQ(latest[n * 7 % IDS], n);
    arena_clear(&arena);
}
