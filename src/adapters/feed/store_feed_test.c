/* The feed on small made stores: what comes when, at which price, and nothing before its time. */
#include "adapters/feed/store_feed.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/product.h"
#include "tests/testing.h"

enum { EVENTS_MAX = 256 };

struct stage {
    struct arena arena;
    struct store *store;
    struct feed feed;
    struct store_feed_info info;
    struct event events[EVENTS_MAX];
    int count;
};

static void stage_open(struct stage *t)
{
    *t = (struct stage){ 0 };
    arena_init(&t->arena, "test", 0);
    CHECK_OK(zone_init());
    CHECK_OK(store_open_writer(&t->store, testing_folder()));
    CHECK_OK(store_begin(t->store));
}

static void stage_close(struct stage *t)
{
    store_close(t->store);
    arena_clear(&t->arena);
}

static int64_t micros(double dollars)
{
    return isnan(dollars) ? PRICE_NONE : money_from_dollars(dollars);
}

static struct contract option(const char *root, int32_t expiry)
{
    struct occ_symbol symbol = { .expiry = expiry, .right = 'C', .strike_mills = 100000 };
    memcpy(symbol.root, root, strlen(root));
    struct contract contract;
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

struct level {
    const char *time;
    double level;
    uint32_t flags;
};

/* A day with these contracts, quoted 1 to 2 at each snapshot. */
static void write_day(struct stage *t, const char *underlying, int32_t day,
                      const struct contract *contracts, int contract_count,
                      const struct level *levels, int level_count)
{
    struct day_writer *writer;
    CHECK_OK(day_writer_open(&writer, t->store, underlying, day, "test"));
    for (int i = 0; i < level_count; i++) {
        int64_t nanos;
        CHECK(time_of_day_parse(str_from(levels[i].time), &nanos));
        int64_t ts = zone_to_ts(ZONE_NEW_YORK, day, nanos);
        day_writer_underlying(writer, ts, micros(levels[i].level), PRICE_NONE, PRICE_NONE,
                              levels[i].flags);
        struct quote quote = QUOTE_EMPTY;
        quote.bid = micros(1);
        quote.ask = micros(2) + i;
        for (int c = 0; c < contract_count; c++)
            day_writer_quote(writer, ts, day_writer_contract(writer, &contracts[c]), &quote);
    }
    CHECK_OK(day_writer_finish(writer, NULL));
}

static void write_row(struct stage *t, const char *symbol, enum series_kind kind, int32_t date,
                      double value, double open, double close)
{
    struct series_row row = { .date = date,
                              .value = micros(value),
                              .open = micros(open),
                              .high = micros(fmax(open, close)),
                              .low = micros(fmin(open, close)),
                              .close = micros(close),
                              .volume = -1 };
    CHECK_OK(series_write(t->store, symbol, kind, &row, 1));
}

static void stage_run(struct stage *t, const char *underlying)
{
    CHECK_OK(store_commit(t->store, NULL, NULL, NULL));
    CHECK_OK(
        store_feed_open(&t->feed, &t->info, &t->arena, t->store, underlying, 19900101, 20991231));
    for (bool more = true; more;) {
        MUST(t->count < EVENTS_MAX);
        CHECK_OK(t->feed.ops->next(t->feed.self, &t->events[t->count], &more));
        t->count += more;
    }
    for (int i = 1; i < t->count; i++) {
        const struct event *a = &t->events[i - 1], *b = &t->events[i];
        CHECK(a->ts_ns < b->ts_ns ||
              (a->ts_ns == b->ts_ns && event_priority(a->kind) <= event_priority(b->kind)));
    }
    t->feed.ops->close(t->feed.self);
}

/* The n-th event of a kind, from 0; NULL when there are fewer. */
static const struct event *nth(const struct stage *t, enum event_kind kind, int n)
{
    for (int i = 0; i < t->count; i++)
        if (t->events[i].kind == kind && n-- == 0)
            return &t->events[i];
    return NULL;
}

static const struct event *settlement(const struct stage *t, int32_t expiry,
                                      enum settle_time settle)
{
    const struct event *found = NULL;
    for (int i = 0; i < t->count; i++) {
        const struct event *event = &t->events[i];
        if (event->kind != EVENT_SETTLE || event->of.settle.expiry != expiry ||
            event->of.settle.settle != (char)settle)
            continue;
        CHECK(found == NULL); /* an expiry settles once */
        found = event;
    }
    CHECK(found != NULL);
    return found;
}

static void check_settled(const struct stage *t, int32_t expiry, enum settle_time settle,
                          const char *time, int32_t day, double price, enum price_source source)
{
    const struct event *event = settlement(t, expiry, settle);
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    CHECK_EQ(event->ts_ns, zone_to_ts(ZONE_NEW_YORK, day, nanos));
    CHECK_EQ(event->of.settle.price, micros(price));
    CHECK_EQ(event->of.settle.source, source);
}

static const struct level THREE[] = { { "9:45", 101, 0 },
                                      { "15:45", 103, 0 },
                                      { "16:15", 104, 0 } };

TEST(store_feed, settles_am_and_pm_of_one_date_apart)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPX", 20240119), option("SPXW", 20240119) };
    write_day(&t, "SPX", 20240119, c, 2, THREE, 3);
    stage_run(&t, "SPX");
    check_settled(&t, 20240119, SETTLE_AM, "9:30", 20240119, 101, PRICE_FIRST_LEVEL);
    /* The level at 16:15 came after the close: it is not the settlement. */
    check_settled(&t, 20240119, SETTLE_PM, "16:00", 20240119, 103, PRICE_LAST_LEVEL);
    stage_close(&t);
}

TEST(store_feed, takes_the_best_price_that_it_has)
{
    for (int have = 1; have <= 3; have++) {
        struct stage t;
        stage_open(&t);
        struct contract c[] = { option("SPX", 20240119), option("SPXW", 20240119) };
        struct level levels[] = { THREE[0], THREE[1], { "16:00", 103.50, SNAPSHOT_CLOSE } };
        write_day(&t, "SPX", 20240119, c, 2, levels, have >= 2 ? 3 : 2);
        write_row(&t, "SPX", SERIES_BARS, 20240119, NAN, 100.25, 103.25);
        if (have == 3)
            write_row(&t, "SPX", SERIES_SETTLEMENT, 20240119, 100.75, NAN, 103.75);
        stage_run(&t, "SPX");
        check_settled(&t, 20240119, SETTLE_AM, "9:30", 20240119, have == 3 ? 100.75 : 100.25,
                      have == 3 ? PRICE_OFFICIAL : PRICE_DAILY_BAR);
        check_settled(&t, 20240119, SETTLE_PM, "16:00", 20240119,
                      have == 1   ? 103.25
                      : have == 2 ? 103.50
                                  : 103.75,
                      have == 1   ? PRICE_DAILY_BAR
                      : have == 2 ? PRICE_CLOSE_MARK
                                  : PRICE_OFFICIAL);
        stage_close(&t);
    }
}

TEST(store_feed, settles_on_days_without_data_before_the_next_session)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPXW", 20240118), option("SPXW", 20240119),
                            option("SPXW", 20240126) };
    write_day(&t, "SPX", 20240117, c, 3, THREE, 3);
    write_day(&t, "SPX", 20240122, c + 2, 1, THREE, 1);
    write_row(&t, "SPX", SERIES_BARS, 20240119, NAN, 98, 99);
    stage_run(&t, "SPX");
    check_settled(&t, 20240118, SETTLE_PM, "16:00", 20240118, 104, PRICE_STALE_LEVEL);
    check_settled(&t, 20240119, SETTLE_PM, "16:00", 20240119, 99, PRICE_DAILY_BAR);
    CHECK(settlement(&t, 20240119, SETTLE_PM) < nth(&t, EVENT_SESSION, 1));
    for (int i = 0; i < t.count; i++) /* after the data's end: open at the mark */
        CHECK(t.events[i].kind != EVENT_SETTLE || t.events[i].of.settle.expiry != 20240126);
    stage_close(&t);
}

TEST(store_feed, knows_saturday_expiries_and_half_days)
{
    struct stage t;
    stage_open(&t);
    struct contract saturday = option("SPY", 20140118), friday = option("SPY", 20231124);
    write_day(&t, "SPY", 20140117, &saturday, 1, THREE, 2);
    struct level half[] = { { "9:45", 101, 0 }, { "13:00", 102, 0 }, { "13:15", 105, 0 } };
    write_day(&t, "SPY", 20231124, &friday, 1, half, 3);
    stage_run(&t, "SPY");
    check_settled(&t, 20140118, SETTLE_PM, "16:00", 20140117, 103, PRICE_LAST_LEVEL);
    check_settled(&t, 20231124, SETTLE_PM, "13:00", 20231124, 102, PRICE_LAST_LEVEL);
    stage_close(&t);
}

TEST(store_feed, says_so_when_no_price_is_known_at_all)
{
    struct stage t;
    stage_open(&t);
    struct contract c = option("SPXW", 20240119);
    struct level unknown[] = { { "9:45", NAN, 0 } };
    write_day(&t, "SPX", 20240119, &c, 1, unknown, 1);
    stage_run(&t, "SPX");
    CHECK_EQ(settlement(&t, 20240119, SETTLE_PM)->of.settle.price, PRICE_NONE);
    stage_close(&t);
}

TEST(store_feed, pays_each_dividend_on_its_ex_day)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPY", 20240119), option("SPY", 20240216) };
    write_day(&t, "SPY", 20240117, c, 2, THREE, 3);
    write_day(&t, "SPY", 20240122, c + 1, 1, THREE, 3);
    write_row(&t, "SPY", SERIES_DIVIDENDS, 20240117, 0.10, NAN, NAN);
    write_row(&t, "SPY", SERIES_DIVIDENDS, 20240118, 0.20, NAN, NAN);
    write_row(&t, "SPY", SERIES_DIVIDENDS, 20240122, 0.40, NAN, NAN);
    stage_run(&t, "SPY");
    static const struct {
        int32_t day;
        double amount;
    } paid[] = { { 20240117, 0.10 }, { 20240118, 0.20 }, { 20240122, 0.40 } };
    for (int i = 0; i < 3; i++) {
        const struct event *event = nth(&t, EVENT_DIVIDEND, i);
        CHECK(event != NULL);
        CHECK_EQ(event->ts_ns, zone_to_ts(ZONE_NEW_YORK, paid[i].day, TIME_OF_DAY(9, 30)));
        CHECK_EQ(event->of.dividend.amount, micros(paid[i].amount));
    }
    CHECK(nth(&t, EVENT_DIVIDEND, 3) == NULL);
    /* Shares that came on the 19th have no right to the dividend of the 18th. */
    CHECK(nth(&t, EVENT_DIVIDEND, 1) < settlement(&t, 20240119, SETTLE_PM));
    stage_close(&t);
}

TEST(store_feed, tells_the_vix_of_the_session_before_and_no_older_one)
{
    struct stage t;
    stage_open(&t);
    struct contract c = option("SPXW", 20240315);
    write_day(&t, "SPX", 20240116, &c, 1, THREE, 1); /* Tuesday after a holiday */
    write_day(&t, "SPX", 20240117, &c, 1, THREE, 1);
    write_day(&t, "SPX", 20240228, &c, 1, THREE, 1);
    write_row(&t, "VIX", SERIES_BARS, 20240112, NAN, 12, 13);
    write_row(&t, "VIX", SERIES_BARS, 20240116, NAN, 14, 15);
    write_row(&t, "VIX", SERIES_BARS, 20240117, NAN, 16, 17);
    stage_run(&t, "SPX");
    CHECK_EQ(nth(&t, EVENT_LEVEL, 0)->of.level.value, micros(13));
    CHECK_EQ(nth(&t, EVENT_LEVEL, 1)->of.level.value, micros(15));
    CHECK_EQ(nth(&t, EVENT_LEVEL, 2)->of.level.value, PRICE_NONE); /* six weeks old */
    stage_close(&t);
}

TEST(store_feed, goes_on_with_expiries_beyond_the_calendar)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPXW", 20300118), option("SPX", 20331216) };
    write_day(&t, "SPX", 20300118, c, 2, THREE, 2);
    stage_run(&t, "SPX");
    check_settled(&t, 20300118, SETTLE_PM, "16:00", 20300118, 103, PRICE_LAST_LEVEL);
    CHECK_EQ(nth(&t, EVENT_SESSION, 0)->of.session.contract_count, 2);
    stage_close(&t);
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

/* All events of three days, hashed with what they point to. */
static uint64_t hash_of_feed(enum store_packing packing)
{
    struct stage t;
    uint64_t hash = 14695981039346656037u;
    stage_open(&t);
    store_set_packing(t.store, packing);
    struct contract contracts[] = { option("SPXW", 20190621), option("SPXW", 20190628) };
    for (int d = 0; d < 3; d++) {
        struct day_writer *writer;
        int32_t day = 20190617 + d;
        int64_t open = zone_to_ts(ZONE_NEW_YORK, day, 570 * INT64_C(60000000000));
        CHECK_OK(day_writer_open(&writer, t.store, "SPX", day, "test"));
        for (int s = 0; s < 100; s++) {
            int64_t ts = open + s * INT64_C(60000000000);
            day_writer_underlying(writer, ts, micros(2900) + s, PRICE_NONE, PRICE_NONE, 0);
            for (int c = 0; c < 2; c++) {
                struct quote quote = QUOTE_EMPTY;
                quote.bid = s % 5 ? micros(1) + s * 10000 : PRICE_NONE;
                quote.ask = micros(2) + s * 10000 + c;
                quote.ask_size = (uint32_t)(s * c);
                if (s % 3 != c)
                    day_writer_quote(writer, ts, day_writer_contract(writer, &contracts[c]),
                                     &quote);
            }
        }
        CHECK_OK(day_writer_finish(writer, NULL));
    }
    CHECK_OK(store_commit(t.store, NULL, NULL, NULL));
    CHECK_OK(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPX", 20190617, 20190619));
    for (;;) {
        struct event e;
        bool more;
        CHECK_OK(t.feed.ops->next(t.feed.self, &e, &more));
        if (!more)
            break;
        hash = hash_bytes(hash, &e.ts_ns, sizeof e.ts_ns);
        hash = hash_bytes(hash, &e.kind, sizeof e.kind);
        if (e.kind != EVENT_MARKET)
            continue;
        const struct quote_rows rows = { .count = e.of.market.rows.count,
                                         .contract = e.of.market.rows.contract,
                                         .bid = e.of.market.rows.bid,
                                         .ask = e.of.market.rows.ask,
                                         .ask_size = e.of.market.rows.ask_size };
        hash = hash_bytes(hash, &e.of.market.underlying, sizeof e.of.market.underlying);
        hash = hash_bytes(hash, &rows.count, sizeof rows.count);
        if (rows.count == 0)
            continue;
        CHECK(e.of.market.rows.bid_size == NULL && e.of.market.rows.last == NULL);
        hash = hash_bytes(hash, rows.contract, rows.count * sizeof *rows.contract);
        hash = hash_bytes(hash, rows.bid, rows.count * sizeof *rows.bid);
        hash = hash_bytes(hash, rows.ask, rows.count * sizeof *rows.ask);
        hash = hash_bytes(hash, rows.ask_size, rows.count * sizeof *rows.ask_size);
    }
    t.feed.ops->close(t.feed.self);
    stage_close(&t);
    return hash;
}

TEST(store_feed, gives_the_same_events_from_raw_and_from_compressed_days)
{
    uint64_t raw = hash_of_feed(STORE_PACK_NEVER);
    CHECK(raw == hash_of_feed(STORE_PACK_ALWAYS));
}

/* ---- scheduled events ---- */

static int64_t at_ns(int32_t date, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(hour, minute));
}

static void write_dated(struct stage *t, const char *symbol, enum series_kind kind, int32_t date,
                        int64_t happens, int64_t known, int64_t withdrawn)
{
    struct series_row row = { .date = date,
                              .value = PRICE_NONE,
                              .open = PRICE_NONE,
                              .high = PRICE_NONE,
                              .low = PRICE_NONE,
                              .close = PRICE_NONE,
                              .volume = -1,
                              .happens_s = happens / NANOS_PER_SECOND,
                              .known_s = known / NANOS_PER_SECOND,
                              .withdrawn_s = withdrawn / NANOS_PER_SECOND };
    if (kind == SERIES_DIVIDENDS)
        row.value = 250000;
    CHECK_OK(series_write(t->store, symbol, kind, &row, 1));
}

/* Two days of AAPL. future: how far what nobody knows by 2024-01-17 10:00 is moved, in days. */
static void dated_stage(struct stage *t, int future)
{
    static const struct level LEVELS[] = { { "10:00", 101, 0 }, { "15:45", 103, 0 } };
    stage_open(t);
    struct contract c = option("AAPL", 20240119);
    write_day(t, "AAPL", 20240116, &c, 1, LEVELS, 2);
    write_day(t, "AAPL", 20240117, &c, 1, LEVELS, 2);
    write_dated(t, "AAPL", SERIES_EARNINGS, 20230502, at_ns(20230502, 16, 30),
                at_ns(20230404, 9, 0), 0); /* long over */
    write_dated(t, "AAPL", SERIES_EARNINGS, 20231102, at_ns(20231102, 16, 30),
                at_ns(20231004, 9, 0), 0); /* the last */
    write_dated(t, "AAPL", SERIES_EARNINGS, 20240125, at_ns(20240125, 16, 30),
                at_ns(20240102, 9, 0), at_ns(20240116, 12, 0));
    write_dated(t, "AAPL", SERIES_EARNINGS, 20240201, at_ns(20240201, 16, 30),
                at_ns(20240116, 12, 0), 0);
    write_dated(t, "AAPL", SERIES_EARNINGS, date_add(20240502, future),
                at_ns(date_add(20240502, future), 16, 30), at_ns(20240117, 18, 0), 0);
    write_dated(t, "AAPL", SERIES_DIVIDENDS, date_add(20240209, future), 0, 0,
                0); /* ten days ahead */
    write_dated(t, "USD", SERIES_FOMC, 20240131, at_ns(20240131, 14, 0), at_ns(20231201, 0, 0), 0);
    write_dated(t, "USD", SERIES_CPI, 20240213, at_ns(20240213, 8, 30), at_ns(20240117, 9, 0), 0);
    stage_run(t, "AAPL");
}

TEST(store_feed, tells_dates_when_they_became_known_and_when_they_were_taken_back)
{
    struct stage t;
    dated_stage(&t, 0);
    static const struct {
        int32_t told;
        int hour, minute;
        enum dated_kind kind;
        int32_t date;
        bool is_withdrawn;
    } want[] = {
        { 20240116, 9, 30, DATED_EARNINGS, 20231102,
          false }, /* as the data begins: the last, and what is ahead */
        { 20240116, 9, 30, DATED_FOMC, 20240131, false },
        { 20240116, 9, 30, DATED_EARNINGS, 20240125, false },
        { 20240116, 12, 0, DATED_EARNINGS, 20240125, true },
        { 20240116, 12, 0, DATED_EARNINGS, 20240201, false },
        { 20240117, 9, 30, DATED_CPI, 20240213, false }, /* known before the opening */
        { 20240117, 18, 0, DATED_EARNINGS, 20240502, false },
    };
    for (int i = 0; i < (int)ARRAY_COUNT(want); i++) {
        const struct event *e = nth(&t, EVENT_DATED, i);
        CHECK(e != NULL);
        CHECK_EQ(e->ts_ns, at_ns(want[i].told, want[i].hour, want[i].minute));
        CHECK_EQ(e->of.dated.kind, want[i].kind);
        CHECK_EQ(zone_date(ZONE_NEW_YORK, e->of.dated.happens_ns), want[i].date);
        CHECK_EQ(e->of.dated.is_withdrawn, want[i].is_withdrawn);
    }
    CHECK(!nth(&t, EVENT_DATED, (int)ARRAY_COUNT(want)));
    stage_close(&t);
}

TEST(store_feed, what_nobody_knew_yet_changes_no_event)
{
    struct stage one, two;
    dated_stage(&one, 0);
    dated_stage(&two, 9);
    int64_t until = at_ns(20240117, 17, 59);
    int same = 0;
    for (int i = 0; i < one.count && one.events[i].ts_ns <= until; i++, same++) {
        CHECK_EQ(one.events[i].kind, two.events[i].kind);
        CHECK_EQ(one.events[i].ts_ns, two.events[i].ts_ns);
        if (one.events[i].kind == EVENT_DATED)
            CHECK(memcmp(&one.events[i].of.dated, &two.events[i].of.dated,
                         sizeof one.events[i].of.dated) == 0);
    }
    CHECK(same > 8);
    stage_close(&one);
    stage_close(&two);
}

TEST(store_feed, gives_the_shares_that_traded_between_snapshots)
{
    struct stage t;
    stage_open(&t);
    struct contract c = option("AAPL", 20240119);
    struct day_writer *writer;
    struct quote quote = QUOTE_EMPTY;
    quote.bid = micros(1);
    quote.ask = micros(2);
    CHECK_OK(day_writer_open(&writer, t.store, "AAPL", 20240116, "test"));
    for (int minute = 31; minute < 34; minute++) {
        int64_t ts = at_ns(20240116, 9, minute);
        day_writer_underlying(writer, ts, micros(100 + minute), PRICE_NONE, PRICE_NONE, 0);
        day_writer_traded(writer, ts, minute == 32 ? 0 : 100 * minute,
                          minute == 32 ? 0 : micros(99 + minute));
        day_writer_quote(writer, ts, day_writer_contract(writer, &c), &quote);
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    stage_run(&t, "AAPL");
    CHECK_EQ(nth(&t, EVENT_MARKET, 0)->of.market.traded, 3100);
    CHECK_EQ(nth(&t, EVENT_MARKET, 0)->of.market.traded_price, micros(130));
    CHECK_EQ(nth(&t, EVENT_MARKET, 1)->of.market.traded, 0);
    CHECK_EQ(nth(&t, EVENT_MARKET, 2)->of.market.traded, 3300);
    stage_close(&t);
}

TEST(store_feed, gives_volume_and_open_interest_unless_nobody_reads_them)
{
    struct stage t;
    struct event event;
    bool more;
    stage_open(&t);
    struct contract c = option("AAPL", 20240119);
    struct day_writer *writer;
    struct quote quote = { micros(1), micros(2), micros(1), 5, 6, 70, 800, NAN, NAN };
    CHECK_OK(day_writer_open(&writer, t.store, "AAPL", 20240116, "test"));
    day_writer_quote(writer, at_ns(20240116, 10, 0), day_writer_contract(writer, &c), &quote);
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(t.store, NULL, NULL, NULL));
    for (int pass = 0; pass < 2; pass++) {
        CHECK_OK(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "AAPL", 20240101, 20240131));
        if (pass)
            store_feed_without_flow(&t.feed);
        do
            CHECK_OK(t.feed.ops->next(t.feed.self, &event, &more));
        while (more && event.kind != EVENT_MARKET);
        CHECK(more);
        const struct quote_rows *rows = &event.of.market.rows;
        CHECK_EQ(rows->count, 1);
        CHECK_EQ(rows->bid_size[0], 5);
        CHECK_EQ(rows->last[0], micros(1));
        CHECK_EQ(rows->volume == NULL, pass == 1);
        CHECK_EQ(rows->open_interest == NULL, pass == 1);
        if (!pass) {
            CHECK_EQ(rows->volume[0], 70);
            CHECK_EQ(rows->open_interest[0], 800);
        }
        t.feed.ops->close(t.feed.self);
    }
    stage_close(&t);
}

TEST(store_feed, says_what_the_store_has_when_it_has_nothing_in_the_range)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPY", 20240119) };
    write_day(&t, "SPY", 20240117, c, 1, THREE, 3);
    write_day(&t, "SPY", 20240118, c, 1, THREE, 3);
    CHECK_OK(store_commit(t.store, NULL, NULL, NULL));
    static const struct {
        int32_t from, to;
        const char *says;
    } cases[] = {
        { 20250101, 0, "has SPY from 2024-01-17 to 2024-01-18, and nothing from 2025-01-01" },
        { 0, 20230101, "has SPY from 2024-01-17 to 2024-01-18, and nothing until 2023-01-01" },
        { 20230101, 20230201, "2024-01-18, and nothing from 2023-01-01 to 2023-02-01" },
    };
    FOR_EACH (k, cases) {
        CHECK_EQ(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPY", k->from, k->to),
                 ERR_NOT_FOUND);
        CHECK_HAS(err_detail(), k->says);
    }
    stage_close(&t);
}

TEST(store_feed, refuses_a_damaged_day_in_the_range_and_minds_no_other)
{
    struct stage t;
    stage_open(&t);
    struct contract c[] = { option("SPY", 20240119) };
    for (int32_t day = 20240116; day <= 20240119; day++)
        write_day(&t, "SPY", day, c, 1, THREE, 3);
    CHECK_OK(store_commit(t.store, NULL, NULL, NULL));
    char folder[512];
    snprintf(folder, sizeof folder, "%s/chains/SPY", store_path(t.store));
    testing_file(folder, "20240117.ifc", "damaged", 7);
    testing_file(folder, "20240118.ifc", "damaged", 7);

    CHECK_EQ(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPY", 0, 0), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "chains/SPY/20240117.ifc");
    CHECK_HAS(err_detail(), "ironfly data check --store ");
    CHECK_EQ(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPY", 20240118, 20240118),
             ERR_CORRUPT);
    CHECK_HAS(err_detail(), "chains/SPY/20240118.ifc");
    CHECK_OK(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPY", 20240119, 0));
    CHECK_EQ(t.info.days, 1);
    t.feed.ops->close(t.feed.self);
    CHECK_OK(store_feed_open(&t.feed, &t.info, &t.arena, t.store, "SPY", 0, 20240116));
    CHECK_EQ(t.info.days, 1);
    t.feed.ops->close(t.feed.self);
    stage_close(&t);
}
