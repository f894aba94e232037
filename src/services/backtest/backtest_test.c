/* Whole runs on small made stores. */
#include "services/backtest/backtest.h"

#include <math.h>

#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/types/product.h"
#include "tests/testing.h"

struct quoted {
    int32_t day;
    const char *time;
    double level, bid, ask;
};

/* A store with one put of 2024-01-19 at 4700; returns its path. */
static const char *make_store(const struct quoted *quotes, int count)
{
    const char *path = testing_folder();
    struct store *store;
    CHECK_OK(zone_init());
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    struct occ_symbol symbol = { .root = "SPXW", .expiry = 20240119, .right = 'P', .strike_mills = 4700000 };
    struct contract put;
    CHECK_OK(product_contract(&put, &symbol));
    for (int i = 0; i < count;) {
        struct day_writer *writer;
        int32_t day = quotes[i].day;
        CHECK_OK(day_writer_open(&writer, store, "SPX", day, "test"));
        for (; i < count && quotes[i].day == day; i++) {
            int64_t nanos;
            CHECK(time_of_day_parse(str_from(quotes[i].time), &nanos));
            int64_t ts = zone_to_ts(ZONE_NEW_YORK, day, nanos);
            day_writer_underlying(writer, ts, money_from_dollars(quotes[i].level), PRICE_NONE, PRICE_NONE, 0);
            struct quote quote = QUOTE_EMPTY;
            quote.bid = money_from_dollars(quotes[i].bid);
            quote.ask = money_from_dollars(quotes[i].ask);
            day_writer_quote(writer, ts, day_writer_contract(writer, &put), &quote);
        }
        CHECK_OK(day_writer_finish(writer, NULL));
    }
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    store_close(store);
    return path;
}

static void run(struct backtest_result *result, struct arena *arena, const char *store, const char *yaml)
{
    const char *path = testing_file(testing_folder(), "s.yaml", yaml, strlen(yaml));
    struct backtest_options options = { .strategy = path, .store = store, .fill = "natural", .fees = "none" };
    CHECK_OK(backtest_run(result, arena, &options));
}

static const char SHORT_PUT[] = "ironfly: 1\nname: put\nunderlying: SPX\n"
                                "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n"
                                "entry: {every: once}\n";

TEST(backtest, counts_what_the_first_fill_costs_as_drawdown)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 14 }, /* sold at 10, worth 12: 200 down at once */
        { 20240117, "15:45", 4750, 10, 12 },
        { 20240119, "15:45", 4750, 0, 0.10 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 3), SHORT_PUT);
    CHECK_EQ(r.end_equity, 101000 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.max_drawdown_micros, 200 * MICROS_PER_DOLLAR);
    CHECK_NEAR(r.stats.max_drawdown, 0.002, 1e-12);
    CHECK_EQ(r.stats.max_drawdown_from_ns, r.stats.max_drawdown_to_ns);
    CHECK_EQ(r.trade_count, 1);
    CHECK_EQ(r.trades[0].reason, CLOSE_EXPIRED);
    CHECK_EQ(r.trades[0].pnl, 1000 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.spread_cost, 200 * MICROS_PER_DOLLAR);
    CHECK_NEAR(r.stats.exposure, 1, 0);
    arena_clear(&arena);
}

TEST(backtest, marks_what_is_open_at_the_end)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 12 },
        { 20240118, "15:45", 4740, 14, 16 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 2), SHORT_PUT);
    CHECK_EQ(r.end_equity, (100000 + 1000 - 1500) * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.open_trades, 1);
    CHECK_EQ(r.trades[0].closed_ns, 0);
    CHECK_EQ(r.trades[0].pnl, -500 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.days, 2);
    CHECK_EQ(r.point_count, 2);
    CHECK(r.points[0].day_end && r.points[1].day_end);
    arena_clear(&arena);
}

TEST(backtest, says_the_same_twice)
{
    static const struct quoted quotes[] = { { 20240117, "10:00", 4750, 10, 12 },
                                            { 20240118, "10:00", 4750, 10, 12 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result a, b;
    const char *store = make_store(quotes, 2);
    run(&a, &arena, store, SHORT_PUT);
    run(&b, &arena, store, SHORT_PUT);
    CHECK_STR(a.events_hash, b.events_hash);
    CHECK_STR(a.effects_hash, b.effects_hash);
    arena_clear(&arena);
}

/* ---- margin ------------------------------------------------------------------------------------ */

static const char SHORT_PUTS[] = "ironfly: 1\nname: puts\nunderlying: SPX\naccount: {cash: $700000}\n"
                                 "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n"
                                 "entry: {every: once}\nsize: {contracts: 10}\n";

TEST(backtest, refuses_what_the_account_could_not_carry_and_says_so)
{
    static const struct quoted quotes[] = { { 20240117, "10:00", 4750, 10, 12 }, { 20240118, "10:00", 4750, 10, 12 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    const char *store = make_store(quotes, 2);
    run(&r, &arena, store, "ironfly: 1\nname: put\nunderlying: SPX\naccount: {cash: $50000}\n"
                           "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\nentry: {every: once}\n");
    CHECK_EQ(r.trade_count, 0);
    CHECK_EQ(r.refusal_count, 1);
    CHECK_STR(r.refusals[0].rule, "margin_use");
    CHECK_HAS(r.refusals[0].text, "the limit is 50,000.00 dollars");
    CHECK_STR(r.margin.rules, "reg-t");
    run(&r, &arena, store, "ironfly: 1\nname: put\nunderlying: SPX\naccount: {cash: $50000, margin: none}\n"
                           "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\nentry: {every: once}\n");
    CHECK_EQ(r.trade_count, 1);
    CHECK_EQ(r.refusal_count, 0);
    CHECK(!r.margin.is_asked);
    arena_clear(&arena);
}

TEST(backtest, reports_margin_used_and_closes_out_a_deficit)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 12 },
        { 20240117, "15:45", 4750, 10, 12 },
        { 20240118, "10:00", 4650, 90, 94 }, /* ten puts lose 81,000 and need 15 % and their premium */
        { 20240118, "15:45", 4650, 90, 94 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 4), SHORT_PUTS);
    /* Ten times 15 % of 465,000, and equity is some 618,000. */
    CHECK_EQ(r.margin.calls, 1);
    CHECK(r.liquidation_count >= 1);
    for (size_t i = 0; i < r.liquidation_count; i++) {
        CHECK(r.liquidations[i].after < r.liquidations[i].before);
        CHECK(r.liquidations[i].before > r.liquidations[i].equity_before);
    }
    CHECK(r.liquidations[r.liquidation_count - 1].after <= r.liquidations[r.liquidation_count - 1].equity_after);
    CHECK_EQ(r.trades[r.trade_count - 1].reason, CLOSE_MARGIN);
    CHECK(r.margin.most > 0 && r.margin.mean > 0 && r.margin.most >= r.margin.mean);
    int64_t sum = 0;
    for (size_t i = 0; i < r.trade_count; i++)
        sum += r.trades[i].pnl;
    CHECK_EQ(r.end_equity, 700000 * MICROS_PER_DOLLAR + sum);
    arena_clear(&arena);
}
