/* The live path as the kernel sees it: what comes when, from a stored day of a made market. */
#include "services/live/kernel_feed.h"

#include "adapters/feed/replay_store.h"
#include "base/zone.h"
#include "domain/types/product.h"
#include "tests/testing.h"

enum { DAY = 20250221, MINUTES = 5 };

struct stage {
    struct live live;
    struct store *store;
    struct feed feed;
};

static struct contract option(const char *name)
{
    struct occ_symbol symbol;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&symbol, str_from(name)));
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

/* SPY at 10:00 and four minutes after: a contract that expires today, one a month on. */
static void begin(struct stage *t)
{
    static const char *const names[] = { "SPY   250321C00600000", "SPY   250221P00600000" };
    struct day_writer *writer;
    struct source source;
    CHECK_OK(store_open_writer(&t->store, testing_folder()));
    CHECK_OK(store_begin(t->store));
    CHECK_OK(day_writer_open(&writer, t->store, "SPY", DAY, "test"));
    for (int minute = 0; minute < MINUTES; minute++) {
        int64_t ts = zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(10, 0)) + minute * NANOS_PER_MINUTE;
        struct quote quote = QUOTE_EMPTY;
        day_writer_underlying(writer, ts, PRICE_NONE, 600000000 + minute * 10000,
                              600020000 + minute * 10000, 0);
        quote.bid = 1000000;
        quote.ask = minute == 2 ? 900000 : 1100000 + minute; /* once crossed */
        for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
            struct contract c = option(names[i]);
            day_writer_quote(writer, ts, day_writer_contract(writer, &c), &quote);
        }
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(t->store, NULL, NULL, NULL));
    live_init(&t->live, &(struct live_options){ .instruments = 64 });
    CHECK_OK(replay_store_open(&source, NULL, t->store, "SPY", DAY, &t->live.instruments));
    live_add(&t->live, source);
    CHECK_OK(kernel_feed_open(&t->feed, &t->live, "SPY", 0.04));
}

static void end(struct stage *t)
{
    t->feed.ops->close(t->feed.self);
    live_close(&t->live);
    store_close(t->store);
}

TEST(kernel_feed, begins_a_session_quotes_settles_and_ends_the_day)
{
    static struct stage t;
    struct event e;
    bool more;
    int quotes = 0, voids = 0, settles = 0;
    int64_t before = 0, last = PRICE_NONE;
    begin(&t);
    CHECK_OK(t.feed.ops->next(t.feed.self, &e, &more));
    CHECK_EQ(e.kind, EVENT_SESSION);
    CHECK_EQ(e.of.session.day, DAY);
    CHECK_EQ(e.of.session.contract_count, 2);
    CHECK_EQ(e.of.session.contracts[0].expiry, 20250221); /* sorted */
    CHECK_EQ(e.of.session.close_ns - e.of.session.open_ns, 390 * NANOS_PER_MINUTE);
    for (;;) {
        CHECK_OK(t.feed.ops->next(t.feed.self, &e, &more));
        CHECK(more);
        CHECK(e.ts_ns >= before);
        before = e.ts_ns;
        if (e.kind == EVENT_DAY_END)
            break;
        if (e.kind == EVENT_SETTLE) {
            settles++;
            CHECK_EQ(e.of.settle.expiry, 20250221);
            CHECK_EQ(e.of.settle.price, last);
            CHECK_EQ(e.ts_ns, zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(16, 0)));
            continue;
        }
        CHECK_EQ(e.kind, EVENT_QUOTE);
        quotes++;
        if (e.of.quote.contract == QUOTE_UNDERLYING) {
            last = e.of.quote.last;
            CHECK_EQ(last, (e.of.quote.bid + e.of.quote.ask) / 2);
        } else {
            CHECK(e.of.quote.contract < 2);
            bool is_void = e.of.quote.bid == PRICE_NONE;
            CHECK_EQ(is_void, e.of.quote.ask == PRICE_NONE);
            voids += is_void;
        }
    }
    CHECK_EQ(settles, 1);
    CHECK_EQ(voids, 2);
    /* Five minutes of three; and what stood when the first source was chosen is said again. */
    CHECK(quotes >= 3 * MINUTES);
    CHECK(quotes <= 3 * MINUTES + 3);
    CHECK_OK(t.feed.ops->next(t.feed.self, &e, &more));
    CHECK(!more);
    CHECK_EQ(kernel_feed_counts(&t.feed)->sessions, 1);
    end(&t);
}

TEST(kernel_feed, gives_the_same_events_every_time)
{
    static struct stage one, two;
    struct event a, b;
    bool more = true, more_too;
    begin(&one);
    begin(&two);
    for (int count = 0; more; count++) {
        MUST(count < 1000);
        CHECK_OK(one.feed.ops->next(one.feed.self, &a, &more));
        CHECK_OK(two.feed.ops->next(two.feed.self, &b, &more_too));
        CHECK_EQ(more, more_too);
        if (!more)
            break;
        CHECK_EQ(a.ts_ns, b.ts_ns);
        CHECK_EQ(a.kind, b.kind);
        if (a.kind == EVENT_QUOTE)
            CHECK(memcmp(&a.of.quote, &b.of.quote, sizeof a.of.quote) == 0);
    }
    end(&one);
    end(&two);
}
